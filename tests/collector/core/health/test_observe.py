"""Tests of taking one sample into the memory."""

import pytest

from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.health.records import TopicAbsence
from sickbay_collector.core.sample import Absence, AbsenceKind
from tests.collector.core.health.samples import (
    DAY,
    HDD,
    MINUTE,
    NO_BATTERY,
    ROOT,
    START,
    START_S,
    fast,
    laptop,
    remembered,
    sample,
)


def test_a_sample_that_says_nothing_new_gives_the_same_memory() -> None:
    memory = remembered(laptop())
    later = START + MINUTE

    assert observe(memory, fast(at=later), now=later) is memory


def test_what_did_not_change_is_shared() -> None:
    memory = remembered(laptop())
    later = START + MINUTE
    fuller = {"volume.free_ratio": {ROOT: 0.04}, "volume.free_bytes": {ROOT: 4e9}}
    changed = observe(memory, fast(fuller, at=later), now=later)

    assert changed.volumes != memory.volumes
    assert changed.drives is memory.drives
    assert changed.stability is memory.stability


@pytest.mark.parametrize(
    ("days_ahead", "expected"),
    [
        pytest.param(0, START_S, id="right-clock"),
        pytest.param(300, START_S, id="a-clock-ahead-counts-as-now"),
        pytest.param(-2, START_S - 2 * 86400, id="a-late-sample-is-as-old-as-it-says"),
    ],
)
def test_evidence_is_never_from_the_future(days_ahead: int, expected: int) -> None:
    memory = observe(HealthMemory(), laptop(at=START + days_ahead * DAY), now=START)

    assert expected == memory.drives[HDD].seen_at_s
    assert expected == memory.volumes[ROOT].seen_at_s
    assert expected == memory.stability.seen_at_s


def test_why_a_topic_is_absent_is_kept_until_something_else_is_said() -> None:
    unknown = Absence(topic="battery", kind=AbsenceKind.UNKNOWN, reason="The probe failed.")
    kept = remembered(sample(absences=(NO_BATTERY,)), sample(at=START + MINUTE))
    replaced = remembered(sample(absences=(NO_BATTERY,)), sample(absences=(unknown,)))

    assert kept.absences == {
        "battery": TopicAbsence(is_not_applicable=True, reason=NO_BATTERY.reason)
    }
    assert replaced.absences == {
        "battery": TopicAbsence(is_not_applicable=False, reason="The probe failed.")
    }


def test_a_battery_that_reads_is_no_longer_absent() -> None:
    memory = remembered(
        sample(absences=(NO_BATTERY,)), sample({"battery.charge_ratio": {"BAT0": 0.8}})
    )

    assert memory.absences == {}


def test_absences_of_other_topics_are_not_the_scores_business() -> None:
    other = Absence(topic="protection", kind=AbsenceKind.UNKNOWN, reason="no tool")
    memory = HealthMemory()

    assert observe(memory, sample(absences=(other,)), now=START) is memory


def test_a_long_reason_is_cut() -> None:
    long = Absence(topic="updates", kind=AbsenceKind.UNKNOWN, reason="x" * 256)

    assert len(remembered(sample(absences=(long,))).absences["updates"].reason) == 120
