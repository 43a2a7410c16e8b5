"""Golden explanation: what a person reads about one sick laptop."""

from datetime import timedelta

from sickbay_collector.core.health.assess import assess
from sickbay_collector.core.health.model import Score
from sickbay_collector.core.sample import Absence, AbsenceKind
from tests.collector.core.health.samples import (
    DAY,
    HDD,
    NO_BATTERY,
    NVME,
    ROOT,
    START,
    laptop,
    remembered,
)

SICK = {
    "volume.free_ratio": {ROOT: 0.032},
    "volume.free_bytes": {ROOT: 8e9},
    "drive.reallocated_sectors": {HDD: 40.0},
    "drive.pending_sectors": {HDD: 24.0},
    "drive.offline_uncorrectable": {HDD: 2.0},
    "drive.nvme_used_ratio": {NVME: 0.93},
    "crash.oom_kills": {"chrome": 2.0},
    "crash.app_crashes": {"teams": 3.0},
    "boot.unclean_shutdown": {"": 1.0},
    "updates.security_count": {"": 5.0},
    "updates.security_age_s": {"": 20 * 86400.0},
    "updates.reboot_pending": {"": 1.0},
    "updates.reboot_pending_age_s": {"": 16 * 86400.0},
}
UNREAD = Absence(topic="drives/USB9", kind=AbsenceKind.UNKNOWN, reason="No permission.")

GOLDEN = """\
30.3 of 100 (critical, provisional); 21.1 to 40.0 with the unknown; confidence 0.656
-24.10 Drive WD-HDD1 has 40 reallocated, 24 pending, 2 unreadable sectors; of drives like \
this about 41 % failed within 90 days. [storage/WD-HDD1; 2.45 S, costs from 0; since \
2026-11-02; SMART counters, weighed by failures of 87,068 drives in Backblaze's data]
-12.06 Volume / has 8.0 GB (3.2 %) free. [capacity/root-uuid; 8 GB, costs from 50; since \
2026-11-02; free space that the file system reports]
-10.38 The oldest of 5 pending security updates has waited 20 days. [currency/security; 20 \
days, costs from 7; since 2026-10-13; the list of updates that the package manager holds]
-6.81 2 programs were killed for lack of memory, last chrome. [stability/oom_kill; 6 load, \
costs from 0; since 2026-11-02; the kernel's log]
-6.81 The device lost power without a shutdown. [stability/power_loss; 6 load, costs from 0;\
 since 2026-11-02; the shutdown mark of the boot before]
-3.41 Applications crashed 3 times, last teams. [stability/app_crash; 3 load, costs from 0; \
since 2026-11-02; the crash reports of the operating system]
-2.52 A restart has been pending for 16 days. [currency/reboot; 16 days, costs from 3; since\
 2026-10-17; the operating system's restart flag]
-2.49 Drive NVME1 used 93 % of its rated life. [storage/NVME1; 93 %, costs from 80; since \
2026-11-02; the drive's NVMe health log]
-1.14 A system service failed: cups.service. [stability/service_crash; 1 load, costs from 0;\
 since 2026-11-02; the service manager's list of failed services]
+16.63 Back up and replace drive WD-HDD1.
+9.73 Free space on /.
+4.69 Find the program that takes the memory, or add memory.
unknown performance: This version does not measure it.
unknown startup: This version does not measure it.
unknown lifecycle: This version does not measure it.
not applicable battery: This device has no battery.
gap Drive USB9: No permission.
reliability 19.18727325814241 0.833
usefulness None 0.412
lifespan 44.0625 0.750
"""


def explained(score: Score) -> str:
    """Return a score as the lines that a console would show."""
    value = "no score" if score.value is None else f"{score.value:.1f} of 100"
    words = ", ".join(
        [*([score.grade.value] if score.grade else []), *["provisional"] * score.is_provisional]
    )
    bounds = f"{score.low:.1f} to {score.high:.1f} with the unknown"
    lines = [f"{value} ({words}); {bounds}; confidence {score.confidence:.3f}"]
    for line in score.ledger:
        found = line.finding
        about = (
            f"cap {line.cap.limit:.0f}: {line.cap.sentence}"
            if line.cap
            else f"{found.title} [{found.key}; {found.value:.4g} {found.unit}, "
            f"costs from {found.threshold:g}; since {found.since:%Y-%m-%d}; {found.source}]"
        )
        lines.append(f"-{line.points:.2f} {about}")
    lines += [f"+{one.gain_points:.2f} {one.sentence}" for one in score.advice]
    lines += [f"unknown {one.category.value}: {one.reason}" for one in score.unknown]
    lines += [f"not applicable {one.category.value}: {one.reason}" for one in score.not_applicable]
    lines += [f"gap {gap}" for one in score.categories for gap in one.gaps]
    lines += [f"{one.axis.value} {one.value} {one.confidence:.3f}" for one in score.axes]
    return "\n".join(lines)


def test_a_sick_laptop_is_explained() -> None:
    before = laptop(at=START - 3 * DAY)
    sick = laptop(SICK, absences=(NO_BATTERY, UNREAD), failed_units=("cups.service",))
    score = assess(remembered(before, sick), now=START + timedelta(hours=1))

    assert explained(score).splitlines() == GOLDEN.splitlines()
