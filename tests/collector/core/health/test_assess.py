"""Tests of the score: states of evidence, freshness, grades and axes."""

import pytest

from sickbay_collector.core.health.assess import assess, grade, summarize
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import (
    Axis,
    Category,
    CategoryScore,
    Evidence,
    Grade,
    Score,
)
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium
from tests.collector.core.health.samples import (
    DAY,
    DRIVES,
    HDD,
    MINUTE,
    NO_BATTERY,
    NVME,
    ROOT,
    START,
    VOLUMES,
    laptop,
    remembered,
    sample,
)


def of(score: Score, category: Category) -> CategoryScore:
    return next(one for one in score.categories if one.category is category)


def axis(score: Score, which: Axis) -> float | None:
    return next(one.value for one in score.axes if one.axis is which)


def test_a_sound_laptop_is_well_and_provisional() -> None:
    """Performance, startup and lifecycle are not measured: 65 of 90 weights are known."""
    score = assess(remembered(laptop()), now=START)

    assert (score.value, score.grade, score.is_provisional) == (100.0, Grade.GOOD, True)
    assert score.confidence == pytest.approx(65 / 90)
    assert score.low == pytest.approx(100 - 2500 / 90)
    assert score.high == 100.0
    assert (score.ledger, score.caps, score.advice) == ((), (), ())


def test_what_is_not_measured_is_unknown_and_never_healthy() -> None:
    score = assess(remembered(laptop()), now=START)

    assert {one.category.value: one.reason for one in score.unknown} == {
        "performance": "This version does not measure it.",
        "startup": "This version does not measure it.",
        "lifecycle": "This version does not measure it.",
    }
    assert {one.category.value: one.reason for one in score.not_applicable} == {
        "battery": NO_BATTERY.reason
    }


def test_a_device_that_never_reported_has_no_score() -> None:
    score = assess(HealthMemory(), now=START)

    assert (score.value, score.grade, score.is_provisional) == (None, None, False)
    assert (score.low, score.high, score.confidence) == (0.0, 100.0, 0.0)
    assert score.withheld_reason == (
        "Too little is known: 0 % of what matters, 50 % is needed; unknown: storage, stability, "
        "capacity, performance, currency, battery, startup, lifecycle."
    )


def test_a_device_with_a_battery_has_it_unknown() -> None:
    score = assess(remembered(laptop(absences=())), now=START)

    assert of(score, Category.BATTERY).evidence is Evidence.UNKNOWN
    assert score.confidence == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(AbsenceKind.UNKNOWN, Evidence.UNKNOWN, id="unknown"),
        pytest.param(AbsenceKind.NOT_APPLICABLE, Evidence.NOT_APPLICABLE, id="not-applicable"),
    ],
)
def test_the_agents_reason_for_a_missing_topic_is_told(
    kind: AbsenceKind, expected: Evidence
) -> None:
    absence = Absence(topic="updates", kind=kind, reason="No package manager.")
    score = assess(remembered(sample(absences=(absence,))), now=START)
    updates = of(score, Category.CURRENCY)

    assert (expected, "No package manager.") == (updates.evidence, updates.reason)


def test_a_physical_drive_without_smart_is_unknown() -> None:
    tool = Absence(topic="drives", kind=AbsenceKind.UNKNOWN, reason="smartctl is not installed.")
    score = assess(remembered(sample(drives={"a": Medium.SSD}, absences=(tool,))), now=START)
    storage = of(score, Category.STORAGE)

    assert storage.evidence is Evidence.UNKNOWN
    assert storage.reason == "Drive a: smartctl is not installed."


def test_a_physical_drive_without_a_reason_is_unknown_too() -> None:
    score = assess(remembered(sample(drives={"a": Medium.SSD})), now=START)

    assert of(score, Category.STORAGE).reason == "Drive a: its health was not read."


def test_a_virtual_drive_is_not_applicable() -> None:
    score = assess(remembered(sample(drives={"vda": Medium.VIRTUAL})), now=START)

    assert of(score, Category.STORAGE).evidence is Evidence.NOT_APPLICABLE


def test_one_mute_drive_of_two_halves_the_confidence_in_storage() -> None:
    memory = remembered(sample({"drive.pending_sectors": {HDD: 0.0}}, drives=DRIVES))
    storage = of(assess(memory, now=START), Category.STORAGE)

    assert (storage.evidence, storage.confidence) == (Evidence.KNOWN, 0.5)
    assert storage.gaps == (f"Drive {NVME}: its health was not read.",)


@pytest.mark.parametrize(
    ("days", "evidence", "confidence"),
    [
        pytest.param(6.9, Evidence.KNOWN, 1.0, id="below-the-span"),
        pytest.param(7.0, Evidence.KNOWN, 1.0, id="at-the-span"),
        pytest.param(7.1, Evidence.STALE, 0.99, id="above-the-span"),
        pytest.param(14.0, Evidence.STALE, 0.5, id="two-spans"),
        pytest.param(21.0, Evidence.STALE, 0.25, id="three-spans"),
    ],
)
def test_confidence_in_storage_fades_after_a_week(
    days: float, evidence: Evidence, confidence: float
) -> None:
    storage = of(assess(remembered(laptop()), now=START + days * DAY), Category.STORAGE)

    assert evidence is storage.evidence
    assert confidence == pytest.approx(storage.confidence, abs=0.001)


def test_silence_never_makes_a_device_healthier() -> None:
    """Penalties and caps stay, confidence falls, and at last the score is withheld."""
    memory = remembered(
        laptop(
            {
                "drive.smart_failed": {HDD: 1.0},
                "crash.kernel_panics": {"": 1.0},
                "updates.security_count": {"": 1.0},
                "updates.security_age_s": {"": 20 * 86400.0},
            }
        )
    )
    fresh = assess(memory, now=START)
    later = assess(memory, now=START + 2 * DAY)
    last = assess(memory, now=START + 60 * DAY)

    assert fresh.value == later.value == 25.0
    assert later.confidence < fresh.confidence
    assert last.value is None
    assert last.ledger == fresh.ledger
    assert last.high == fresh.high
    assert last.withheld_reason.endswith(
        "unknown: performance, startup, lifecycle; "
        "not seen lately: storage, stability, capacity, currency."
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(100.0, Grade.GOOD, id="100"),
        pytest.param(85.0, Grade.GOOD, id="at-85"),
        pytest.param(84.9, Grade.FAIR, id="below-85"),
        pytest.param(70.0, Grade.FAIR, id="at-70"),
        pytest.param(69.9, Grade.POOR, id="below-70"),
        pytest.param(50.0, Grade.POOR, id="at-50"),
        pytest.param(49.9, Grade.CRITICAL, id="below-50"),
        pytest.param(0.0, Grade.CRITICAL, id="0"),
    ],
)
def test_grades(value: float, expected: Grade) -> None:
    assert expected is grade(value)


def test_one_panic_today_costs_what_the_model_says() -> None:
    """49 % of stability's 18 of 65 known weights."""
    score = assess(remembered(laptop({"crash.kernel_panics": {"": 1.0}})), now=START)

    assert score.value == pytest.approx(100 - 48.658 * 18 / 65, abs=0.001)


def test_axes_see_only_their_own_categories() -> None:
    full = {"volume.free_ratio": {ROOT: 0.004}, "volume.free_bytes": {ROOT: 1e9}}
    score = assess(remembered(laptop(full)), now=START)

    assert score.value == 40.0
    assert axis(score, Axis.RELIABILITY) == 100.0
    assert axis(score, Axis.LIFESPAN) == 100.0
    assert axis(score, Axis.USEFULNESS) is None


def test_an_axis_has_its_own_ledger() -> None:
    score = assess(remembered(laptop({"crash.kernel_panics": {"": 1.0}})), now=START)
    reliability = next(one for one in score.axes if one.axis is Axis.RELIABILITY)

    assert reliability.value is not None
    assert sum(line.points for line in reliability.ledger) == pytest.approx(100 - reliability.value)
    assert reliability.ledger[0].points == pytest.approx(48.658 / 2, abs=0.001)


def test_a_gone_volume_and_a_gone_drive_leave_the_score() -> None:
    sick = laptop(
        {"drive.smart_failed": {HDD: 1.0}, "volume.free_bytes": {"home-uuid": 1e9}}, at=START
    )
    without = sample(
        {"drive.nvme_critical_warning": {NVME: 0.0}, "volume.free_bytes": {ROOT: 300e9}},
        volumes={ROOT: VOLUMES[ROOT]},
        drives={NVME: Medium.NVME},
    )
    memory = remembered(sick, *[without] * 5)

    assert [line.finding.key for line in assess(memory, now=START + MINUTE).ledger] == []


def test_the_summary_is_the_score_without_its_explanation() -> None:
    memory = remembered(laptop({"crash.kernel_panics": {"": 1.0}}))
    score = assess(memory, now=START + DAY)
    summary = summarize(memory, now=START + DAY)

    assert (score.value, score.low, score.high, score.confidence) == (
        summary.value,
        summary.low,
        summary.high,
        summary.confidence,
    )
