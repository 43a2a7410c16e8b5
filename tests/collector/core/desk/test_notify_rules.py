from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.notify_rules import (
    DEFAULT_BUNDLE_S,
    USUAL,
    Hours,
    NotifyRule,
    NotifyRules,
    plan,
)
from sickbay_collector.core.desk.ticket import Priority

ZONE = "Europe/Berlin"
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""A Friday, 12:00 in Berlin."""
NIGHT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
QUIET = Hours(begin=time(22), end=time(7))
RULES = NotifyRules(
    rules=(
        NotifyRule(channels=("page",), priorities=frozenset({Priority.URGENT})),
        NotifyRule(
            channels=("chat", "mail"),
            days=frozenset(range(5)),
            hours=Hours(begin=time(8), end=time(18)),
        ),
        NotifyRule(channels=("mail",)),
    ),
    quiet=QUIET,
)


@pytest.mark.parametrize(
    ("priority", "at", "channels"),
    [
        pytest.param(Priority.URGENT, NIGHT, ("page",), id="urgent at night"),
        pytest.param(Priority.HIGH, NOON, ("chat", "mail"), id="by day"),
        pytest.param(Priority.HIGH, NOON + timedelta(hours=6), ("mail",), id="in the evening"),
        pytest.param(Priority.HIGH, NOON + timedelta(days=1), ("mail",), id="on Saturday"),
    ],
)
def test_first_rule_that_fits_decides(
    priority: Priority, at: datetime, channels: tuple[str, ...]
) -> None:
    assert plan(RULES, priority, at, ZONE).channels == channels


def test_nothing_fits_for_who_said_nothing() -> None:
    assert plan(USUAL, Priority.HIGH, NOON, ZONE).channels == ()


def test_urgent_goes_at_once_and_alone_in_quiet_hours_too() -> None:
    found = plan(RULES, Priority.URGENT, NIGHT, ZONE)

    assert (found.not_before, found.bundled) == (NIGHT, False)


def test_rest_waits_for_others_to_go_with() -> None:
    found = plan(RULES, Priority.LOW, NOON, ZONE)

    assert found.not_before == NOON + timedelta(seconds=DEFAULT_BUNDLE_S)
    assert found.bundled


@pytest.mark.parametrize(
    ("at", "end"),
    [
        pytest.param(NIGHT, datetime(2026, 11, 21, 6, 0, tzinfo=UTC), id="before midnight"),
        pytest.param(
            datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
            datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
            id="after midnight",
        ),
        pytest.param(
            datetime(2026, 10, 24, 21, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 6, 0, tzinfo=UTC),
            id="the night in which clocks go back",
        ),
    ],
)
def test_quiet_hours_hold_until_they_end(at: datetime, end: datetime) -> None:
    found = plan(RULES, Priority.HIGH, at, ZONE)

    assert found.not_before == end
    assert found.bundled


def test_quiet_hours_begin_and_end_at_their_minutes() -> None:
    """What waits for others to go with counts when it would go out: a minute later."""
    held = [
        plan(RULES, Priority.LOW, one, ZONE).not_before
        for one in (
            datetime(2026, 11, 20, 20, 58, 59, tzinfo=UTC),
            datetime(2026, 11, 20, 20, 59, tzinfo=UTC),
            datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
        )
    ]

    assert held == [
        datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
        datetime(2026, 11, 21, 6, 1, tzinfo=UTC),
    ]


@given(
    at=st.integers(0, 366 * 1440).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_nothing_is_lost_or_held_for_more_than_a_day(
    at: datetime, begin: time, end: time, zone: str
) -> None:
    rules = NotifyRules(quiet=Hours(begin=begin, end=end))
    found = plan(rules, Priority.MEDIUM, at, zone)

    assert at <= found.not_before <= at + timedelta(hours=26)
