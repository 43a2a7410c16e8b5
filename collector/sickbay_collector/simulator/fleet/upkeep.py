"""Updates, protection, battery and what crashes on a synthetic device."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import sample_pb2
from sickbay_collector.simulator.fleet.catalog import Form
from sickbay_collector.simulator.fleet.device import Ailment, SimulatedDevice
from sickbay_collector.simulator.fleet.noise import Topic, mix, smooth, unit
from sickbay_collector.simulator.fleet.presence import DAY_S, HOUR_S, Session

# Updates come out on Tuesdays at 10; day 5 since 1970 was one.
_RELEASE_DAYS = 7
_FIRST_RELEASE_S = 5 * DAY_S + 10 * HOUR_S
_OVERDUE_DAYS = 70
# A restart is asked for three days after a boot, when the kernel was updated.
_KERNEL_AFTER_S = 3 * DAY_S
# A leaking program dies about twice a working day of eight hours.
_KILLS_PER_S = 2 / (8 * HOUR_S)
# One crash of an application a fortnight.
_CRASHES_PER_S = 1 / (10 * 8 * HOUR_S)


def updates(device: SimulatedDevice, session: Session, at_s: int) -> sample_pb2.UpdatesSample:
    """Return the updates that wait at a moment."""
    released_s = _oldest_pending_s(device, at_s)
    sample = sample_pb2.UpdatesSample(
        pending_count=0,
        pending_security_count=0,
        reboot_pending=False,
        last_check_time=Timestamp(seconds=session.begin_s),
    )
    if released_s is not None:
        releases = 1 + (at_s - released_s) // (_RELEASE_DAYS * DAY_S)
        sample.pending_count = releases * (3 + mix(device.key, Topic.UPDATE) % 12)
        sample.pending_security_count = releases
        sample.oldest_pending_time.seconds = released_s
        sample.oldest_security_time.seconds = released_s
    asked_s = session.boot_s + _KERNEL_AFTER_S
    if device.ailment is Ailment.NEVER_REBOOTS and at_s > asked_s:
        sample.reboot_pending = True
        sample.reboot_pending_time.seconds = asked_s
    return sample


def protection(device: SimulatedDevice, session: Session) -> sample_pb2.ProtectionSample:
    """Return the state of protection software."""
    sample = sample_pb2.ProtectionSample(
        firewall_on=unit(device.key, Topic.HABIT, 1) < 0.98,
        disk_encrypted=device.model.form is Form.LAPTOP,
    )
    if device.image.platform == "windows":
        sample.antivirus_on = True
        sample.definitions_time.seconds = session.begin_s - 2 * HOUR_S
    return sample


def battery(device: SimulatedDevice, at_s: int) -> sample_pb2.BatterySample | None:
    """Return the battery; None on a device without one."""
    design_wh = device.model.battery_wh
    if not design_wh:
        return None
    worn = unit(device.key, Topic.BATTERY)
    charge = smooth(device.key, Topic.BATTERY, at_s, 3 * HOUR_S)
    return sample_pb2.BatterySample(
        battery_id=f"{device.serial}B",
        design_wh=design_wh,
        full_wh=round(design_wh * (1 - 0.4 * worn), 2),
        charge_ratio=round(0.2 + 0.8 * charge, 3),
        cycles=int(worn * 900),
        is_discharging=charge < 0.5,
    )


def crashes(device: SimulatedDevice, at_s: int, interval_s: int) -> sample_pb2.CrashSample:
    """Return what was killed or crashed since the sample before."""
    sample = sample_pb2.CrashSample()
    hogs = device.ailment is Ailment.MEMORY_HOG
    if hogs and unit(device.key, Topic.KILL, at_s) < _KILLS_PER_S * interval_s:
        sample.oom_kills.add(program="browser", count=1)
    if unit(device.key, Topic.CRASH, at_s) < _CRASHES_PER_S * interval_s:
        sample.app_crashes.add(program="office", count=1)
    return sample


def boot(session: Session, device: SimulatedDevice) -> sample_pb2.BootSample:
    """Return the current boot."""
    duration_s = 15 + int(30 * unit(device.key, Topic.BOOT, session.boot_s))
    return sample_pb2.BootSample(
        boot_time=Timestamp(seconds=session.boot_s),
        boot_duration=Duration(seconds=duration_s),
        unclean_shutdown=session.is_unclean,
    )


def _oldest_pending_s(device: SimulatedDevice, at_s: int) -> int | None:
    """Return when the oldest pending update came out; None when all are installed."""
    if device.ailment is Ailment.UPDATES_OVERDUE:
        length_s = _OVERDUE_DAYS * DAY_S
        waited_s = (at_s + mix(device.key, Topic.PHASE, _OVERDUE_DAYS) % length_s) % length_s
        return at_s - waited_s
    waited_s = (at_s - _FIRST_RELEASE_S) % (_RELEASE_DAYS * DAY_S)
    lag_s = int(DAY_S * (1 + 4 * unit(device.key, Topic.UPDATE, 1)))
    return at_s - waited_s if waited_s < lag_s else None
