"""A window's occurrences, and who counts as back after one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.window import (
    FURTHEST,
    LONGEST_S,
    SHORTEST_S,
    TITLE_LIMIT,
    Baseline,
    Occurrence,
    Seen,
    Window,
    baseline_of,
    checked_back,
    checked_window,
    next_occurrence,
    occurrences,
)
from sickbay_collector.core.device import DeviceClass, Goodbye, Presence
from sickbay_collector.core.errors import InvalidError
from tests.collector.desk_builders import DEVICE_ID, NOW, a_device

HOUR = timedelta(hours=1)
WINDOW = Window(
    number=5,
    title="Patch night",
    matcher=Matcher.of({"device": ["ws-*"]}),
    start=datetime(2026, 3, 2, 10),  # noqa: DTZ001 - local time of the zone
    zone="UTC",
    duration_s=7200.0,
    rrule="FREQ=DAILY",
    until=NOW + timedelta(days=3),
    grace_s=1800.0,
    reason="patches",
    author="mia",
    created_at=NOW,
    cancelled_at=None,
    cancelled_by="",
)
FIRST: Occurrence = next(occurrences(WINDOW))
BASELINE = Baseline(
    window=5,
    occurrence=1,
    device_id=DEVICE_ID,
    hostname="ws-17",
    device_class=DeviceClass.SERVER,
    presence=Presence.ONLINE,
    alerts=("old|",),
    services=("old.service",),
    outcome="",
    lost=(),
)
SEEN = Seen(
    received_at=FIRST.checks_at - timedelta(seconds=30),
    report_interval_s=60.0,
    goodbye=Goodbye.NONE,
    alerts=("old|",),
    services=("old.service",),
)


def test_occurrences_are_counted_and_have_their_grace() -> None:
    found = list(occurrences(WINDOW))

    assert [one.occurrence for one in found] == [1, 2, 3]
    assert FIRST.starts_at == NOW + HOUR
    assert FIRST.ends_at == NOW + 3 * HOUR
    assert FIRST.checks_at == NOW + 3.5 * HOUR


def test_next_is_the_first_that_is_not_over() -> None:
    during = NOW + 2 * HOUR
    after = NOW + 4 * HOUR

    assert next_occurrence(WINDOW, after=0, now=during) == FIRST
    assert (second := next_occurrence(WINDOW, after=0, now=after)) is not None
    assert second.occurrence == 2
    assert next_occurrence(WINDOW, after=3, now=after) is None
    assert next_occurrence(replace(WINDOW, cancelled_at=NOW), after=0, now=NOW) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"title": ""}, "title: 1 to 200", id="no-title"),
        pytest.param({"title": "x" * (TITLE_LIMIT + 1)}, "title: 1 to 200", id="long-title"),
        pytest.param({"duration_s": SHORTEST_S - 1}, "duration_s 59", id="short"),
        pytest.param({"duration_s": LONGEST_S + 1}, "duration_s", id="long"),
        pytest.param({"grace_s": 59.0}, "grace_s", id="short-grace"),
        pytest.param({"grace_s": 86401.0}, "grace_s", id="long-grace"),
        pytest.param({"until": NOW + FURTHEST + HOUR}, "at most 366 days", id="far"),
        pytest.param({"until": NOW}, "no occurrence", id="never"),
        pytest.param({"zone": "Mars"}, "no time zone", id="zone"),
        pytest.param({"rrule": "FREQ=HOURLY"}, "rrule", id="rule"),
        pytest.param({"reason": " "}, "reason", id="reason"),
        pytest.param({"duration_s": 86000.0}, "before the one before", id="overlap"),
        pytest.param(
            {"rrule": "", "start": datetime(2026, 3, 2, 7), "duration_s": 7200.0},  # noqa: DTZ001
            "no occurrence of this window is ahead",
            id="past",
        ),
    ],
)
def test_refuses_what_is_not_allowed(fields: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        checked_window(replace(WINDOW, **fields), now=NOW)  # type: ignore[arg-type]


def test_takes_a_daily_window_for_a_year() -> None:
    window = replace(WINDOW, until=NOW + FURTHEST, title="  Patch \n night ")

    assert checked_window(window, now=NOW).title == "Patch night"


@pytest.mark.parametrize(
    ("presence", "expected"),
    [
        (Presence.ONLINE, True),
        (Presence.LATE, True),
        (Presence.LOST, False),
        (Presence.ASLEEP, False),
        (Presence.UNKNOWN, False),
    ],
)
def test_only_who_is_up_is_expected_back(presence: Presence, *, expected: bool) -> None:
    assert (baseline_of(FIRST, a_device(), SEEN, presence) is not None) is expected


@pytest.mark.parametrize(
    ("seen", "device_class", "expected"),
    [
        pytest.param({}, DeviceClass.SERVER, "back", id="online"),
        pytest.param(
            {"received_at": FIRST.ends_at + timedelta(minutes=16)},
            DeviceClass.SERVER,
            "back",
            id="late-but-reported-since-the-end",
        ),
        pytest.param(
            {"received_at": FIRST.ends_at + timedelta(minutes=10)},
            DeviceClass.SERVER,
            "missing",
            id="lost-again",
        ),
        pytest.param(
            {"received_at": FIRST.starts_at}, DeviceClass.SERVER, "missing", id="never-back"
        ),
        pytest.param(
            {"received_at": FIRST.ends_at - HOUR, "report_interval_s": 7200.0},
            DeviceClass.SERVER,
            "back",
            id="reports-seldom",
        ),
        pytest.param(
            {"received_at": FIRST.starts_at, "goodbye": Goodbye.SHUTTING_DOWN},
            DeviceClass.LAPTOP,
            "missing",
            id="shut-down-and-not-started",
        ),
        pytest.param(
            {"received_at": FIRST.ends_at + HOUR / 4, "goodbye": Goodbye.SHUTTING_DOWN},
            DeviceClass.WORKSTATION,
            "back",
            id="was-back-and-was-shut-down",
        ),
        pytest.param(
            {"received_at": FIRST.starts_at, "goodbye": Goodbye.ASLEEP},
            DeviceClass.LAPTOP,
            "asleep",
            id="laptop-sleeps",
        ),
        pytest.param(
            {"received_at": FIRST.starts_at, "goodbye": Goodbye.ASLEEP},
            DeviceClass.SERVER,
            "missing",
            id="server-must-not-sleep",
        ),
    ],
)
def test_who_counts_as_back(
    seen: dict[str, object], device_class: DeviceClass, expected: str
) -> None:
    before = replace(BASELINE, device_class=device_class)
    found = checked_back(before, replace(SEEN, **seen), FIRST)  # type: ignore[arg-type]

    assert found.outcome == expected


def test_unknown_device_is_missing() -> None:
    assert checked_back(BASELINE, None, FIRST).outcome == "missing"


def test_lost_is_what_was_not_wrong_before() -> None:
    seen = replace(SEEN, alerts=("old|", "new|C:"), services=("old.service", "db.service"))

    assert checked_back(BASELINE, seen, FIRST).lost == (
        "service db.service fails",
        "alert new|C:",
    )


def test_times_are_aware() -> None:
    assert FIRST.starts_at.tzinfo is UTC
