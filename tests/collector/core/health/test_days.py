"""What a score was before: which day it is compared with, and what is said to have moved it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.health.assess import assess, summarize
from sickbay_collector.core.health.days import (
    Move,
    ScoreDay,
    Span,
    before,
    from_plain,
    is_kept,
    keep,
    move,
    to_plain,
)
from sickbay_collector.core.health.model import Category, Score
from tests.collector.core.health.samples import DAY, NVME, ROOT, START, laptop, remembered, sample

WORN: Mapping[str, Mapping[str, float]] = {"drive.nvme_used_ratio": {NVME: 1.0}}
FULL: Mapping[str, Mapping[str, float]] = {
    "volume.free_ratio": {ROOT: 0.04},
    "volume.free_bytes": {ROOT: 4e9},
}


def _score(changes: Mapping[str, Mapping[str, float]] | None = None) -> Score:
    return assess(remembered(laptop(changes)), now=START)


def _days(*ages: int, score: float = 90.0) -> tuple[ScoreDay, ...]:
    """Return days of so many days ago, each a tenth of its age above a score."""
    known = dict.fromkeys((Category.STORAGE, Category.CAPACITY), 1.0)
    return tuple(ScoreDay(at=START - age * DAY, score=score + age / 10, lost=known) for age in ages)


def _compared(days: Sequence[ScoreDay], span: Span, now: datetime = START) -> float | None:
    found = before(days, span, {Category.STORAGE, Category.CAPACITY}, now)
    return None if found is None else found.score


@pytest.mark.parametrize(
    ("ages", "day", "week"),
    [
        pytest.param((), None, None, id="a new device"),
        pytest.param((0,), None, None, id="its first day"),
        pytest.param((1, 0), 90.1, None, id="its second day"),
        pytest.param((8, 7, 3, 2, 1, 0), 90.1, 90.7, id="every day"),
        pytest.param((10, 4, 0), 90.4, 91.0, id="off over long weekends"),
        pytest.param((11, 5, 0), None, None, id="off for longer"),
    ],
)
def test_a_score_is_compared_with_the_newest_day_that_is_old_enough(
    ages: tuple[int, ...], day: float | None, week: float | None
) -> None:
    days = _days(*ages)

    assert (_compared(days, Span.DAY), _compared(days, Span.WEEK)) == (day, week)


def test_a_day_ends_at_midnight_utc() -> None:
    """What was kept at one in the morning is a day old from the next midnight on."""
    midnight = START.replace(hour=0)
    days = keep((), _score(), midnight + timedelta(hours=1))
    known = _known(days)

    assert before(days, Span.DAY, known, midnight + timedelta(hours=23, minutes=59)) is None
    assert before(days, Span.DAY, known, midnight + DAY) == days[0]


def _known(days: Sequence[ScoreDay]) -> frozenset[Category]:
    return frozenset(days[-1].lost)


def test_a_score_of_other_categories_is_not_compared() -> None:
    """A device of which more is known by now did not change."""
    days = _days(1)

    assert before(days, Span.DAY, {Category.STORAGE}, START) is None
    assert before(days, Span.DAY, {*days[0].lost, Category.CURRENCY}, START) is None


def test_one_score_a_day_is_kept_the_first() -> None:
    days = keep((), _score(), START)
    again = keep(days, _score(WORN), START + timedelta(hours=3))

    assert is_kept(days, START + timedelta(hours=3))
    assert again == days


def test_ten_days_are_kept() -> None:
    days: tuple[ScoreDay, ...] = ()
    for number in range(30):
        days = keep(days, _score(), START + number * DAY)

    assert [one.at for one in days] == [START + number * DAY for number in range(19, 30)]


def test_a_clock_that_was_wrong_holds_nothing_up() -> None:
    """What was kept for a day to come goes, and today's is kept again."""
    ahead = keep((), _score(), START + 3000 * DAY)
    assert not is_kept(ahead, START)
    days = keep(ahead, _score(), START)

    assert [one.at for one in days] == [START]


def test_without_a_score_no_day_is_kept() -> None:
    """Nothing is known of a device that measured nothing yet."""
    assert keep((), assess(remembered(sample()), now=START), START) == ()


def test_a_fall_says_what_fell() -> None:
    days = keep((), _score(), START - DAY)
    found = move(days, Span.DAY, _score(WORN), START)

    assert found is not None
    assert found.before.score == 100.0
    assert found.change == pytest.approx(-18 * 50 / 65)
    assert found.category is Category.STORAGE
    assert found.category_change == pytest.approx(found.change)
    assert found.reason == _score(WORN).ledger[0].finding.title


def test_a_rise_says_what_rose_and_what_is_left() -> None:
    """The volume was emptied; the drive is as worn as before."""
    days = keep((), _score({**FULL, **WORN}), START - 7 * DAY)
    found = move(days, Span.WEEK, _score(WORN), START)

    assert found is not None
    assert found.change > 0
    assert (found.category, found.reason) == (Category.CAPACITY, "")


def test_the_parts_of_a_move_sum_to_it() -> None:
    """Also where a cap takes the score down: its points belong to its finding's category."""
    days = keep((), _score(), START - DAY)
    broken = _score({"drive.smart_failed": {NVME: 1.0}})
    found = move(days, Span.DAY, broken, START)

    assert isinstance(found, Move)
    assert found.category is Category.STORAGE
    assert found.category_change == pytest.approx(found.change)


def test_nothing_is_said_of_a_score_that_is_withheld() -> None:
    days = keep((), _score(), START - DAY)
    silent = assess(remembered(laptop()), now=START + 400 * DAY)
    assert silent.value is None

    assert move(days, Span.DAY, silent, START) is None


def test_days_are_written_and_read_back() -> None:
    days = keep(keep((), _score(WORN), START - DAY), _score(FULL), START)

    assert from_plain(to_plain(days)) == days  # type: ignore[arg-type]


def test_days_of_other_categories_are_left_out() -> None:
    """As a version with more of them wrote."""
    assert from_plain([[START.timestamp(), 90.0, 1.0]]) == ()


def test_a_summary_rests_on_what_its_explanation_does() -> None:
    memory = remembered(laptop(WORN))
    days = keep((), assess(memory, now=START), START)

    assert summarize(memory, now=START).known == _known(days)
