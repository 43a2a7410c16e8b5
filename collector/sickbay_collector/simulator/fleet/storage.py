"""Volumes and drives of a synthetic device: space that wanders or runs out, drives that fail.

An ailing device goes through its ailment again and again, each in its own phase, so that at any
moment some of the fleet are at every stage.
"""

from sickbay.v1 import common_pb2, sample_pb2
from sickbay_collector.simulator.fleet.catalog import GIB, Form, Model
from sickbay_collector.simulator.fleet.device import Ailment, SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix, smooth, unit
from sickbay_collector.simulator.fleet.presence import DAY_S, HOUR_S

# From 40 GiB free to almost nothing, until somebody cleans up.
_FILL_DAYS = 20
_FILL_FROM_BYTES = 40 * GIB
_LEAST_FREE_BYTES = GIB // 4
# From the first bad sector to a new drive.
_FAILURE_DAYS = 60


def medium(model: Model) -> common_pb2.DriveMedium.ValueType:
    """Return what a model's drive stores on."""
    if model.is_nvme:
        return common_pb2.DRIVE_MEDIUM_NVME
    is_laptop = model.form is Form.LAPTOP
    return common_pb2.DRIVE_MEDIUM_SSD if is_laptop else common_pb2.DRIVE_MEDIUM_HDD


def system_bytes(model: Model) -> int:
    """Return the size of the system volume: an eighth of the drive goes to others."""
    return model.drive_gib * GIB // 8 * 7


def mount_points(device: SimulatedDevice) -> tuple[tuple[str, int], ...]:
    """Return where volumes are mounted and how large they are; the system's comes first."""
    model = device.model
    rest_bytes = model.drive_gib * GIB - system_bytes(model) - GIB
    if device.image.platform == "windows":
        return (("C:", system_bytes(model)), ("D:", rest_bytes))
    return (("/", system_bytes(model)), ("/home", rest_bytes), ("/boot", GIB))


def volumes(device: SimulatedDevice, at_s: int) -> list[sample_pb2.VolumeSample]:
    """Return the volumes at a moment."""
    found: list[sample_pb2.VolumeSample] = []
    for place, (mount_point, total_bytes) in enumerate(mount_points(device)):
        sample = sample_pb2.VolumeSample(
            volume_id=device.uuid(place),
            mount_point=mount_point,
            total_bytes=total_bytes,
            free_bytes=_free_bytes(device, place, total_bytes, at_s),
            is_system=place == 0,
        )
        if device.image.platform == "linux":
            sample.inodes_total = total_bytes // 16_384
            sample.inodes_free = int(sample.inodes_total * 0.8)
        found.append(sample)
    return found


def drive(
    device: SimulatedDevice, at_s: int, *, busy_ratio: float, slow: bool
) -> sample_pb2.DriveSample:
    """Return the drive at a moment; its health only where `slow`, as agents read it hourly."""
    sample = sample_pb2.DriveSample(
        drive_id=device.drive_serial,
        medium=medium(device.model),
        busy_ratio=round(busy_ratio, 4),
    )
    if slow:
        bought_s = mix(device.key, Topic.DRIVE, 1) % (3 * 365 * DAY_S)
        sample.power_on_hours = (at_s % (365 * DAY_S) + bought_s) // HOUR_S // 4
        sample.temperature_celsius = round(32 + 14 * smooth(device.key, Topic.HEAT, at_s, 1800), 1)
        _health(sample, _failure_ratio(device, at_s), is_nvme=device.model.is_nvme)
        _wear(sample, unit(device.key, Topic.DRIVE, 2) * 0.4)
    return sample


def _free_bytes(device: SimulatedDevice, place: int, total_bytes: int, at_s: int) -> int:
    if place == 0 and device.ailment is Ailment.FULL_DISK:
        left = 1 - _cycle_ratio(device, at_s, _FILL_DAYS)
        free_bytes = max(int(left * min(_FILL_FROM_BYTES, total_bytes // 3)), _LEAST_FREE_BYTES)
    else:
        kept = 0.3 + 0.4 * unit(device.key, Topic.SPACE, place)
        wanders = 0.04 * smooth(device.key + place, Topic.SPACE, at_s, 7 * DAY_S)
        free_bytes = int(total_bytes * (kept + wanders))
    # Filesystems give and take whole blocks.
    return free_bytes // 4096 * 4096


def _failure_ratio(device: SimulatedDevice, at_s: int) -> float:
    """Return how far a drive is on its way from well, 0, to replaced, 1."""
    if device.ailment is not Ailment.FAILING_DRIVE:
        return 0.0
    return _cycle_ratio(device, at_s, _FAILURE_DAYS)


def _cycle_ratio(device: SimulatedDevice, at_s: int, days: int) -> float:
    length_s = days * DAY_S
    return (at_s + mix(device.key, Topic.PHASE, days) % length_s) % length_s / length_s


def _health(sample: sample_pb2.DriveSample, failure: float, *, is_nvme: bool) -> None:
    """Set the signs of failure: errors grow with the cube of time, the verdict comes last."""
    sample.smart_passed = failure < 0.8
    bad = int(300 * failure**3)
    if is_nvme:
        # Bit 2: reliability is degraded. Source: NVM Express base specification, SMART log.
        sample.nvme_critical_warning = 0 if failure < 0.8 else 0x04
        sample.nvme_media_errors = bad
    else:
        sample.prefail_failing_now = failure >= 0.8
        sample.reallocated_sectors = bad
        sample.pending_sectors = bad // 8
        sample.reported_uncorrectable = bad // 16
        sample.offline_uncorrectable = bad // 16


def _wear(sample: sample_pb2.DriveSample, used: float) -> None:
    if sample.medium == common_pb2.DRIVE_MEDIUM_NVME:
        sample.nvme_used_ratio = round(used, 2)
        sample.nvme_spare_ratio = 1.0
        sample.nvme_spare_threshold_ratio = 0.1
    elif sample.medium == common_pb2.DRIVE_MEDIUM_SSD:
        sample.life_left_ratio = round(1 - used, 2)
