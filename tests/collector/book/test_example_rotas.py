"""The example's rota that follows the sun covers what it must, through clock changes and leave."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.desk.rota import on_call
from sickbay_collector.services.book.load import load_book

EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "desk"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_sun_never_sets_in_a_year() -> None:
    book = load_book([EXAMPLE])

    gaps = coverage(book, NOW, NOW + timedelta(days=365))

    assert [gap for gap in gaps if gap.requirement == "major"] == []
    # Bob is on leave, and the override of New Year's Day is in force until its midnight in Berlin.
    day = datetime(2027, 1, 1, 22, 59, tzinfo=UTC)
    assert [one.login for one in on_call(book, "sun", day)] == ["grace"]
    assert [one.layer for one in on_call(book, "sun", day)] == ["override"]
    assert [one.layer for one in on_call(book, "sun", day + timedelta(minutes=1))] == ["america"]
