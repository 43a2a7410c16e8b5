"""Samples for the tests of the health score: one sound laptop, and changes to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Sample, VolumeFacts

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
START_S = int(START.timestamp())
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

HDD = "WD-HDD1"
NVME = "NVME1"
ROOT = "root-uuid"
HOME = "home-uuid"
VOLUMES = {
    ROOT: VolumeFacts(mount_point="/", is_system=True),
    HOME: VolumeFacts(mount_point="/home", is_system=False),
}
DRIVES = {NVME: Medium.NVME, HDD: Medium.HDD}
NO_BATTERY = Absence(
    topic="battery", kind=AbsenceKind.NOT_APPLICABLE, reason="This device has no battery."
)
SOUND: Mapping[str, Mapping[str, float]] = {
    "volume.free_ratio": {ROOT: 0.6, HOME: 0.5},
    "volume.free_bytes": {ROOT: 300e9, HOME: 500e9},
    "volume.read_only": {ROOT: 0.0, HOME: 0.0},
    "drive.smart_failed": {NVME: 0.0, HDD: 0.0},
    "drive.reallocated_sectors": {HDD: 0.0},
    "drive.reported_uncorrectable": {HDD: 0.0},
    "drive.pending_sectors": {HDD: 0.0},
    "drive.offline_uncorrectable": {HDD: 0.0},
    "drive.nvme_critical_warning": {NVME: 0.0},
    "drive.nvme_used_ratio": {NVME: 0.1},
    "drive.nvme_spare_ratio": {NVME: 1.0},
    "drive.nvme_spare_threshold_ratio": {NVME: 0.1},
    "drive.nvme_media_errors": {NVME: 0.0},
    "crash.failed_units": {"": 0.0},
    "boot.unclean_shutdown": {"": 0.0},
    "updates.security_count": {"": 0.0},
    "updates.reboot_pending": {"": 0.0},
    "updates.check_age_s": {"": 600.0},
}


def sample(
    readings: Mapping[str, Mapping[str, float]] | None = None,
    *,
    at: datetime = START,
    volumes: Mapping[str, VolumeFacts] | None = None,
    drives: Mapping[str, Medium] | None = None,
    absences: tuple[Absence, ...] = (),
    failed_units: tuple[str, ...] = (),
    boot_id: str = "boot-1",
    truncated: bool = False,
) -> Sample:
    """Return a sample with just these readings; no volume and no drive unless given."""
    return Sample(
        observed_at=at,
        boot_id=boot_id,
        readings=readings or {},
        volumes=volumes or {},
        drives=drives or {},
        absences=absences,
        failed_units=failed_units,
        truncated=truncated,
    )


def laptop(
    changes: Mapping[str, Mapping[str, float]] | None = None,
    *,
    at: datetime = START,
    absences: tuple[Absence, ...] = (NO_BATTERY,),
    failed_units: tuple[str, ...] = (),
    boot_id: str = "boot-1",
) -> Sample:
    """Return a full sample of a sound laptop without battery, with some readings changed."""
    readings = {metric: dict(values) for metric, values in SOUND.items()}
    for metric, values in (changes or {}).items():
        readings.setdefault(metric, {}).update(values)
    return sample(
        readings,
        at=at,
        volumes=VOLUMES,
        drives=DRIVES,
        absences=absences,
        failed_units=failed_units,
        boot_id=boot_id,
    )


def fast(
    changes: Mapping[str, Mapping[str, float]] | None = None, *, at: datetime = START
) -> Sample:
    """Return a sample of the same laptop between two slow readings: no drive tells its health."""
    full = laptop(changes, at=at, absences=())
    readings = {m: values for m, values in full.readings.items() if not m.startswith("drive.")}
    return sample(readings, at=at, volumes=VOLUMES, drives=DRIVES)


def remembered(*samples: Sample) -> HealthMemory:
    """Return what is known after samples that arrive when they are taken."""
    memory = HealthMemory()
    for one in samples:
        memory = observe(memory, one, now=one.observed_at)
    return memory
