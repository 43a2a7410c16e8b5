"""Tests of what a sample changes in the memory of drives."""

from collections.abc import Mapping

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.drives import (
    MAX_DRIVES,
    MAX_REASON_CHARS,
    MAX_TRAIL,
    MISSES_UNTIL_GONE,
    observe_drives,
)
from sickbay_collector.core.health.error_score import error_rise
from sickbay_collector.core.health.records import DriveMemory
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Sample
from tests.collector.core.health.samples import START_S, sample

HOUR_S = 3600
DAY_S = 86400


def slow(
    pending: Mapping[str, float],
    *,
    drives: Mapping[str, Medium] | None = None,
    absences: tuple[Absence, ...] = (),
    truncated: bool = False,
) -> Sample:
    """Return a slow reading of rotating drives with so many pending sectors."""
    return sample(
        {"drive.pending_sectors": pending},
        drives=dict.fromkeys(pending, Medium.HDD) if drives is None else drives,
        absences=absences,
        truncated=truncated,
    )


def unknown(topic: str, reason: str = "no permission") -> Absence:
    return Absence(topic=topic, kind=AbsenceKind.UNKNOWN, reason=reason)


def observed(*samples: Sample, every_s: int = HOUR_S) -> Mapping[str, DriveMemory]:
    memory: Mapping[str, DriveMemory] = {}
    for n, one in enumerate(samples):
        memory = observe_drives(memory, one, at_s=START_S + n * every_s)
    return memory


def test_a_listed_drive_is_remembered_before_its_health_is_read() -> None:
    memory = observed(sample(drives={"a": Medium.SSD}))

    assert memory == {"a": DriveMemory(medium=Medium.SSD)}


def test_a_fast_sample_changes_nothing() -> None:
    memory = observed(slow({"a": 0.0}))
    fast = sample({"drive.busy_ratio": {"a": 0.5}}, drives={"a": Medium.HDD})

    assert observe_drives(memory, fast, at_s=START_S + 9000) is memory


def test_a_reading_is_renewed_and_since_begins_with_the_first_bad_one() -> None:
    drive = observed(slow({"a": 0.0}), slow({"a": 1.0}), slow({"a": 3.0}))["a"]

    assert drive.reading is not None
    assert drive.reading.pending_sectors == 3.0
    assert (drive.seen_at_s, drive.since_s) == (START_S + 2 * HOUR_S, START_S + HOUR_S)


def test_since_is_forgotten_when_a_drive_is_well_again() -> None:
    assert observed(slow({"a": 1.0}), slow({"a": 0.0}))["a"].since_s is None


def test_the_same_reading_soon_after_changes_nothing() -> None:
    memory = observed(slow({"a": 1.0}))

    assert observe_drives(memory, slow({"a": 1.0}), at_s=START_S + 60) is memory


def test_a_field_that_is_no_longer_told_is_kept() -> None:
    """Health never rises because a part of the evidence stopped."""
    status_only = sample({"drive.smart_failed": {"a": 0.0}}, drives={"a": Medium.HDD})
    drive = observed(slow({"a": 7.0}), status_only)["a"]

    assert drive.reading is not None
    assert (drive.reading.pending_sectors, drive.reading.smart_failed) == (7.0, 0.0)


@pytest.mark.parametrize(
    ("missing", "is_there"),
    [
        pytest.param(MISSES_UNTIL_GONE - 1, True, id="may-be-a-time-out"),
        pytest.param(MISSES_UNTIL_GONE, False, id="gone"),
    ],
)
def test_a_drive_leaves_when_slow_readings_lack_it(missing: int, *, is_there: bool) -> None:
    memory = observed(slow({"a": 0.0, "b": 9.0}), *[slow({"a": 0.0})] * missing)

    assert is_there is ("b" in memory)


def test_fast_samples_without_a_drive_do_not_remove_it() -> None:
    memory = observed(slow({"a": 0.0, "b": 9.0}), *[sample(drives={"a": Medium.HDD})] * 9)

    assert memory["b"].misses == 0


def test_a_drive_that_returns_is_missed_anew() -> None:
    memory = observed(slow({"a": 0.0, "b": 0.0}), slow({"a": 0.0}), slow({"a": 0.0, "b": 0.0}))

    assert memory["b"].misses == 0


@pytest.mark.parametrize(
    "incomplete",
    [
        pytest.param(slow({"a": 0.0}, truncated=True), id="list-was-cut"),
        pytest.param(slow({"a": 0.0}, absences=(unknown("drives"),)), id="list-was-not-read"),
        pytest.param(slow({"a": 0.0}, absences=(unknown("drives/b"),)), id="drive-was-not-read"),
        pytest.param(
            slow({"a": 0.0}, drives={"a": Medium.HDD, "b": Medium.HDD}), id="drive-is-listed"
        ),
    ],
)
def test_an_incomplete_reading_removes_nothing(incomplete: Sample) -> None:
    memory = observed(slow({"a": 0.0, "b": 9.0}), *[incomplete] * (MISSES_UNTIL_GONE + 1))

    assert memory["b"].misses == 0
    assert memory["b"].seen_at_s == START_S


def test_an_absence_names_a_drive_and_its_reason() -> None:
    drive = observed(sample(absences=(unknown("drives/a", "No permission."),)))["a"]

    assert drive == DriveMemory(medium=Medium.UNKNOWN, reason="No permission")


def test_the_same_absence_again_changes_nothing() -> None:
    again = sample(absences=(unknown("drives/a"),))
    memory = observed(again)

    assert observe_drives(memory, again, at_s=START_S + 9000) is memory


def test_a_reading_ends_an_absence() -> None:
    drive = observed(sample(absences=(unknown("drives/a"),)), slow({"a": 0.0}))["a"]

    assert (drive.medium, drive.reason, drive.is_not_applicable) == (Medium.HDD, "", False)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        pytest.param(MAX_REASON_CHARS, MAX_REASON_CHARS, id="at-the-limit"),
        pytest.param(MAX_REASON_CHARS + 1, MAX_REASON_CHARS, id="one-past"),
    ],
)
def test_a_long_reason_is_cut(length: int, expected: int) -> None:
    drive = observed(sample(absences=(unknown("drives/a", "x" * length),)))["a"]

    assert expected == len(drive.reason)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(MAX_DRIVES, MAX_DRIVES, id="at-the-limit"),
        pytest.param(MAX_DRIVES + 1, MAX_DRIVES, id="one-past"),
    ],
)
def test_only_so_many_drives_are_remembered_the_worst_first(count: int, expected: int) -> None:
    memory = observed(slow({f"d{n}": float(n == count - 1) for n in range(count)}))

    assert expected == len(memory)
    assert f"d{count - 1}" in memory


def test_the_trail_keeps_one_point_per_change() -> None:
    drive = observed(*[slow({"a": n}) for n in (0.0, 0.0, 1.0, 1.0, 3.0)], every_s=DAY_S)["a"]
    day = START_S // DAY_S

    assert drive.trail == ((day, 0.0), (day + 2, 0.25), (day + 4, 0.5))


def test_changes_of_one_day_are_one_point_beside_the_base() -> None:
    drive = observed(*[slow({"a": n}) for n in (0.0, 1.0, 3.0)])["a"]
    day = START_S // DAY_S

    assert drive.trail == ((day, 0.0), (day, 0.5))


def test_the_trail_drops_what_is_older_than_its_window() -> None:
    drive = observed(*[slow({"a": n}) for n in (0.0, 1.0, 3.0)], every_s=31 * DAY_S)["a"]

    assert [level for _, level in drive.trail] == [0.25, 0.5]


def test_a_long_trail_keeps_its_base() -> None:
    """A rise is told too long rather than not at all."""
    counts = [2.0**n - 1 for n in range(MAX_TRAIL + 3)]
    drive = observed(*[slow({"a": n}) for n in counts], every_s=DAY_S)["a"]

    assert len(drive.trail) == MAX_TRAIL
    assert error_rise(drive) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(float("nan"), id="nan"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(-1.0, id="negative"),
    ],
)
def test_an_impossible_count_is_refused(bad: float) -> None:
    with pytest.raises(InvalidError, match=r"drive.pending_sectors of a"):
        observed(slow({"a": bad}))
