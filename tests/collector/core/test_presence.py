"""Whether a device can be expected to report."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.device import Goodbye, Presence, presence

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silent_s", "interval_s", "expected"),
    [
        pytest.param(150, 60, Presence.ONLINE, id="two intervals and 30 s"),
        pytest.param(151, 60, Presence.LATE, id="one second more"),
        pytest.param(900, 60, Presence.LATE, id="15 minutes"),
        pytest.param(901, 60, Presence.LOST, id="longer than 15 minutes"),
        pytest.param(1500, 300, Presence.LATE, id="five long intervals"),
        pytest.param(1501, 300, Presence.LOST, id="longer than five"),
        pytest.param(-3600, 60, Presence.ONLINE, id="received after now: our clock went back"),
    ],
)
def test_silence(silent_s: float, interval_s: float, expected: Presence) -> None:
    """Online, late, lost, at knees that follow from the report interval."""
    actual = presence(
        last_received_at=NOW - timedelta(seconds=silent_s),
        report_interval_s=interval_s,
        goodbye=Goodbye.NONE,
        collector_started_at=NOW - timedelta(days=1),
        now=NOW,
    )

    assert expected == actual


@pytest.mark.parametrize(
    ("goodbye", "expected"),
    [
        pytest.param(Goodbye.ASLEEP, Presence.ASLEEP, id="asleep"),
        pytest.param(Goodbye.SHUTTING_DOWN, Presence.SHUT_DOWN, id="shut down"),
        pytest.param(Goodbye.AGENT_STOPPING, Presence.LOST, id="an agent that stopped is silent"),
    ],
)
def test_goodbye(goodbye: Goodbye, expected: Presence) -> None:
    """Who said goodbye is not lost."""
    actual = presence(
        last_received_at=NOW - timedelta(days=3),
        report_interval_s=60,
        goodbye=goodbye,
        collector_started_at=NOW - timedelta(days=9),
        now=NOW,
    )

    assert expected == actual


@pytest.mark.parametrize(
    ("up_s", "expected"),
    [
        pytest.param(119, Presence.UNKNOWN, id="less than two intervals"),
        pytest.param(120, Presence.LOST, id="two intervals"),
    ],
)
def test_a_collector_that_just_started_judges_nobody(up_s: float, expected: Presence) -> None:
    """Silence counts only once devices had the time to break it."""
    actual = presence(
        last_received_at=NOW - timedelta(hours=3),
        report_interval_s=60,
        goodbye=Goodbye.NONE,
        collector_started_at=NOW - timedelta(seconds=up_s),
        now=NOW,
    )

    assert expected == actual


def test_a_device_that_never_reported_is_unknown() -> None:
    """Enrolled and silent is no verdict."""
    actual = presence(
        last_received_at=None,
        report_interval_s=60,
        goodbye=Goodbye.NONE,
        collector_started_at=NOW,
        now=NOW,
    )

    assert actual == Presence.UNKNOWN
