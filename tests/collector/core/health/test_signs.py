"""Tests of what a drive says of its health."""

import pytest

from sickbay_collector.core.health.records import DriveMemory, DriveReading
from sickbay_collector.core.health.signs import (
    is_known,
    life_left_penalty,
    life_used_penalty,
    worst_sign,
)
from sickbay_collector.core.sample import Medium
from tests.collector.core.health.samples import START_S

TODAY = START_S // 86400


def drive(
    medium: Medium, reading: DriveReading | None, *, trail: tuple[tuple[int, float], ...] = ()
) -> DriveMemory:
    return DriveMemory(medium=medium, reading=reading, trail=trail, seen_at_s=START_S)


def judged(medium: Medium, reading: DriveReading) -> tuple[float, float | None]:
    sign = worst_sign(drive(medium, reading))
    return (0.0, None) if sign is None else (sign.penalty, sign.cap_limit)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        pytest.param(0.0, 100.0, id="at-0"),
        pytest.param(2.5, 85.0, id="below-5"),
        pytest.param(5.0, 70.0, id="at-5"),
        pytest.param(7.5, 55.0, id="above-5"),
        pytest.param(10.0, 40.0, id="at-10"),
        pytest.param(15.0, 20.0, id="above-10"),
        pytest.param(20.0, 0.0, id="at-20"),
        pytest.param(21.0, 0.0, id="above-20"),
    ],
)
def test_penalty_of_life_left(percent: float, expected: float) -> None:
    """Knees 20:0, 10:40, 5:70, 0:100."""
    assert pytest.approx(expected) == life_left_penalty(percent)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        pytest.param(79.0, 0.0, id="below-80"),
        pytest.param(80.0, 0.0, id="at-80"),
        pytest.param(85.0, 15.0, id="above-80"),
        pytest.param(90.0, 30.0, id="at-90"),
        pytest.param(95.0, 40.0, id="above-90"),
        pytest.param(100.0, 50.0, id="at-100"),
        pytest.param(110.0, 65.0, id="above-100"),
        pytest.param(120.0, 80.0, id="at-120"),
        pytest.param(255.0, 80.0, id="above-120"),
    ],
)
def test_penalty_of_life_used(percent: float, expected: float) -> None:
    """Knees 80:0, 90:30, 100:50, 120:80."""
    assert pytest.approx(expected) == life_used_penalty(percent)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(DriveReading(nvme_critical_warning=0.0), (0.0, None), id="sound"),
        pytest.param(DriveReading(nvme_critical_warning=4.0), (100.0, 25.0), id="0x04-degraded"),
        pytest.param(DriveReading(nvme_critical_warning=8.0), (100.0, 25.0), id="0x08-read-only"),
        pytest.param(DriveReading(nvme_critical_warning=1.0), (90.0, None), id="0x01-spare"),
        pytest.param(DriveReading(nvme_critical_warning=16.0), (40.0, None), id="0x10-backup"),
        pytest.param(DriveReading(nvme_critical_warning=2.0), (30.0, None), id="0x02-hot"),
        pytest.param(DriveReading(nvme_critical_warning=3.0), (90.0, None), id="0x03-is-two-bits"),
        pytest.param(DriveReading(nvme_critical_warning=32.0), (0.0, None), id="0x20-not-judged"),
        pytest.param(
            DriveReading(nvme_critical_warning=2.0, smart_failed=1.0),
            (30.0, None),
            id="heat-sets-the-overall-status-too",
        ),
        pytest.param(DriveReading(smart_failed=1.0), (100.0, 25.0), id="status-alone"),
        pytest.param(
            DriveReading(nvme_spare_ratio=0.1, nvme_spare_threshold_ratio=0.1),
            (90.0, None),
            id="spare-at-threshold",
        ),
        pytest.param(
            DriveReading(nvme_spare_ratio=0.11, nvme_spare_threshold_ratio=0.1),
            (0.0, None),
            id="spare-above-threshold",
        ),
        pytest.param(
            DriveReading(nvme_spare_ratio=0.0, nvme_spare_threshold_ratio=0.0),
            (0.0, None),
            id="no-threshold-given",
        ),
        pytest.param(DriveReading(nvme_used_ratio=1.0), (50.0, None), id="worn"),
    ],
)
def test_nvme_signs(reading: DriveReading, expected: tuple[float, float | None]) -> None:
    assert expected == judged(Medium.NVME, reading)


@pytest.mark.parametrize(
    ("medium", "reading", "expected"),
    [
        pytest.param(Medium.HDD, DriveReading(smart_failed=1.0), (100.0, 25.0), id="status-failed"),
        pytest.param(
            Medium.HDD, DriveReading(prefail_failing=1.0), (100.0, 25.0), id="prefail-failing"
        ),
        pytest.param(Medium.HDD, DriveReading(smart_failed=0.0), (0.0, None), id="status-passed"),
        pytest.param(
            Medium.HDD, DriveReading(pending_sectors=254.0), (75.52, None), id="just-below-2"
        ),
        pytest.param(Medium.HDD, DriveReading(pending_sectors=255.0), (75.56, 40.0), id="at-2"),
        pytest.param(
            Medium.UNKNOWN, DriveReading(pending_sectors=255.0), (75.56, 40.0), id="unknown-medium"
        ),
        pytest.param(
            Medium.SSD,
            DriveReading(reallocated_sectors=9000.0, life_left_ratio=0.9),
            (0.0, None),
            id="ssd-counters-do-not-judge",
        ),
        pytest.param(Medium.SSD, DriveReading(life_left_ratio=0.1), (40.0, None), id="ssd-worn"),
        pytest.param(Medium.SSD, DriveReading(smart_failed=1.0), (100.0, 25.0), id="ssd-failed"),
        pytest.param(Medium.SSD, DriveReading(smart_failed=0.0), (0.0, None), id="ssd-passed"),
        pytest.param(
            Medium.UNKNOWN, DriveReading(life_left_ratio=0.05), (70.0, None), id="worn-unknown"
        ),
        pytest.param(
            Medium.HDD,
            DriveReading(life_left_ratio=0.0, pending_sectors=0.0),
            (0.0, None),
            id="hdd-does-not-wear",
        ),
    ],
)
def test_sata_signs(
    medium: Medium, reading: DriveReading, expected: tuple[float, float | None]
) -> None:
    penalty, cap = judged(medium, reading)

    assert expected[0] == pytest.approx(penalty, abs=0.01)
    assert expected[1] == cap


def test_a_drive_that_was_never_read_says_nothing() -> None:
    assert worst_sign(drive(Medium.HDD, None)) is None


def test_media_errors_that_rose_cost_30_alone() -> None:
    sign = worst_sign(
        drive(
            Medium.NVME,
            DriveReading(nvme_critical_warning=0.0, nvme_media_errors=7.0),
            trail=((TODAY - 9, 5.0), (TODAY, 7.0)),
        )
    )

    assert sign is not None
    assert (sign.penalty, sign.words) == (30.0, "has 2 media errors more than 30 days ago")


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        pytest.param(2.0, 60.0, id="added"),
        pytest.param(16.0, 70.0, id="added-to-more"),
        pytest.param(1.0, 100.0, id="at-most-100"),
    ],
)
def test_media_errors_that_rose_add_30(bits: float, expected: float) -> None:
    sign = worst_sign(
        drive(
            Medium.NVME,
            DriveReading(nvme_critical_warning=bits, nvme_media_errors=7.0),
            trail=((TODAY - 9, 5.0), (TODAY, 7.0)),
        )
    )

    assert sign is not None
    assert expected == sign.penalty
    assert sign.words.endswith(" and has 2 media errors more than 30 days ago")


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(
            DriveReading(reallocated_sectors=12.0, pending_sectors=3.0, offline_uncorrectable=1.0),
            "has 12 reallocated, 3 pending, 1 unreadable sectors; "
            "of drives like this about 10 % failed within 90 days",
            id="sectors",
        ),
        pytest.param(
            DriveReading(reported_uncorrectable=3.0),
            "has 3 uncorrectable errors; of drives like this about 4 % failed within 90 days",
            id="errors",
        ),
        pytest.param(
            DriveReading(grown_defects=63.0), "has 63 defective sectors", id="scsi-has-no-odds"
        ),
    ],
)
def test_a_rotating_drive_is_described_by_its_counters(
    reading: DriveReading, expected: str
) -> None:
    sign = worst_sign(drive(Medium.HDD, reading))

    assert sign is not None
    assert expected == sign.words


@pytest.mark.parametrize(
    ("medium", "reading", "expected"),
    [
        pytest.param(Medium.HDD, None, False, id="never-read"),
        pytest.param(Medium.HDD, DriveReading(), False, id="empty"),
        pytest.param(Medium.HDD, DriveReading(pending_sectors=0.0), True, id="hdd-counter"),
        pytest.param(Medium.HDD, DriveReading(smart_failed=0.0), True, id="status"),
        pytest.param(Medium.HDD, DriveReading(prefail_failing=0.0), True, id="prefail"),
        pytest.param(Medium.SSD, DriveReading(pending_sectors=0.0), False, id="ssd-counter-only"),
        pytest.param(Medium.SSD, DriveReading(life_left_ratio=1.0), True, id="ssd-life"),
        pytest.param(Medium.NVME, DriveReading(nvme_media_errors=0.0), False, id="nvme-errors"),
        pytest.param(Medium.NVME, DriveReading(nvme_used_ratio=0.0), True, id="nvme-used"),
        pytest.param(Medium.NVME, DriveReading(nvme_spare_ratio=1.0), True, id="nvme-spare"),
        pytest.param(
            Medium.UNKNOWN, DriveReading(nvme_critical_warning=0.0), True, id="nvme-by-its-log"
        ),
    ],
)
def test_a_drive_is_known_by_what_judges_it(
    medium: Medium, reading: DriveReading | None, *, expected: bool
) -> None:
    assert expected is is_known(drive(medium, reading))
