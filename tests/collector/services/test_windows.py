"""A maintenance window mutes, remembers who was up, and says who did not come back, once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.window import MAX_WINDOWS, OccurrenceState, Window
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.state_codec import encode_state
from sickbay_collector.services.windows import add_window, cancel_window, occurrence_details
from tests.collector.desk_builders import DEVICE_ID, NOW, OTHER_DEVICE_ID, a_change
from tests.collector.desk_fakes import FakeDesk
from tests.collector.services.test_muting import HOUR, happen, outcomes, pass_time, the_alert

# From 10:00 to 12:00, checked at 12:30; and again each day.
WINDOW = Window(
    number=0,
    title="Patch night",
    matcher=Matcher.of({"device": ["ws-*"]}),
    start=datetime(2026, 3, 2, 10),  # noqa: DTZ001 - local time of the zone
    zone="UTC",
    duration_s=7200.0,
    rrule="FREQ=DAILY",
    until=NOW + timedelta(days=2, hours=2),
    grace_s=1800.0,
    reason="patches",
    author="mia",
    created_at=NOW,
    cancelled_at=None,
    cancelled_by="",
)
OPENED = a_change(ChangeKind.OPENED)


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with two devices that report, and a window."""
    made = FakeDesk()
    report(made, DEVICE_ID, 0.99)
    report(made, OTHER_DEVICE_ID, 0.99)
    add_window(made.open, WINDOW, now=NOW)
    return made


def report(
    desk: FakeDesk, device_id: DeviceId, hours: float, *, goodbye: str = "", failed: str = ""
) -> None:
    """Let a device report at that time."""
    before = desk.database.data.states.get(device_id)
    state = DeviceState(failed_units=(failed,) if failed else ())
    desk.database.data.states[device_id] = StoredState(
        device_id=device_id,
        version=before.version + 1 if before else 1,
        received_at=NOW + hours * HOUR,
        observed_at=None,
        report_interval_s=60.0,
        goodbye=goodbye,
        clock_offset_s=0.0,
        score=None,
        score_low=0.0,
        score_high=100.0,
        confidence=0.0,
        open_alerts=0,
        state=encode_state(state),
        hour=0,
        frames=b"",
    )


def states(desk: FakeDesk) -> list[OccurrenceState]:
    """Return the states of the window's occurrences, oldest first."""
    with desk.open() as uow:
        return [one.state for one in reversed(uow.quiet.occurrences(1, limit=9))]


def test_states_follow_the_clock(desk: FakeDesk) -> None:
    seen = [states(desk)]
    for hours in (1.0, 3.0, 3.5):
        if hours == 3.5:
            report(desk, DEVICE_ID, 3.49)
            report(desk, OTHER_DEVICE_ID, 3.49)
        pass_time(desk, hours)
        seen.append(states(desk))

    assert [one[0] for one in seen] == ["planned", "active", "verifying", "closed"]
    assert seen[-1] == ["closed", "planned"]
    assert desk.tickets == []


def test_alerts_of_the_window_are_muted_and_listed(desk: FakeDesk) -> None:
    pass_time(desk, 1.0)
    happen(desk, OPENED, hours=2.0)
    assert desk.tickets == []
    assert the_alert(desk).suppressed_reason == (
        "maintenance window 1 by mia until 2026-03-02 12:30 UTC: Patch night"
    )
    happen(desk, a_change(ChangeKind.CLOSED), hours=3.2)
    with desk.open() as uow:
        (detail,) = occurrence_details(uow, 1, limit=9)

    assert [one.outcome for one in detail.muted] == ["closed"]
    assert detail.occurrence.devices_up == 2
    assert [one.presence for one in detail.devices] == ["online", "online"]


def test_alerts_are_muted_from_the_first_moment(desk: FakeDesk) -> None:
    """Even where the timer of the start has not run yet."""
    happen(desk, OPENED, hours=1.0)

    assert desk.tickets == []


def test_muted_alert_that_is_still_true_opens_its_ticket_at_the_check(desk: FakeDesk) -> None:
    pass_time(desk, 1.0)
    happen(desk, OPENED, hours=2.0)
    report(desk, DEVICE_ID, 3.49)
    report(desk, OTHER_DEVICE_ID, 3.49)
    pass_time(desk, 3.5)

    assert desk.ticket.family == "disk.space"
    assert outcomes(desk) == ["ticket"]
    with desk.open() as uow:
        newest, first = occurrence_details(uow, 1, limit=9)
    assert newest.occurrence.state == "planned"
    assert [one.lost for one in first.devices] == [("alert disk.full.warn|C:",)]
    assert first.occurrence.ticket_id is None


def test_one_ticket_for_all_that_did_not_come_back(desk: FakeDesk) -> None:
    pass_time(desk, 1.0)
    report(desk, DEVICE_ID, 1.5, goodbye="shutting_down")
    for hours in (3.0, 3.5, 3.6):
        pass_time(desk, hours)
    ticket = desk.ticket

    assert ticket.title == "Maintenance window 1, Patch night: 2 devices did not come back"
    assert ticket.device_id is None
    assert ticket.priority is Priority.HIGH
    assert "ws-17: was online at the start and did not come back" in ticket.description
    with desk.open() as uow:
        _, first = occurrence_details(uow, 1, limit=9)
    assert first.occurrence.ticket_id == ticket.ticket_id
    assert (first.occurrence.devices_up, first.occurrence.devices_back) == (2, 0)
    assert [one.outcome for one in first.devices] == ["missing", "missing"]


def test_failing_service_is_in_the_ticket(desk: FakeDesk) -> None:
    report(desk, DEVICE_ID, 0.99, failed="old.service")
    pass_time(desk, 1.0)
    report(desk, DEVICE_ID, 3.49, failed="db.service")
    report(desk, OTHER_DEVICE_ID, 3.49)
    pass_time(desk, 3.5)
    ticket = desk.ticket

    assert ticket.device_id == DEVICE_ID
    assert ticket.title.endswith("1 device came back with something lost")
    assert "service db.service fails" in ticket.description


def test_device_that_was_down_before_is_not_missed(desk: FakeDesk) -> None:
    report(desk, OTHER_DEVICE_ID, -5.0)
    pass_time(desk, 1.0)
    report(desk, DEVICE_ID, 3.49)
    pass_time(desk, 3.5)

    assert desk.tickets == []


def test_collector_that_just_started_waits_for_the_devices(desk: FakeDesk) -> None:
    pass_time(desk, 1.0)
    started = NOW + 3.5 * HOUR
    for minutes, expected in ((0.0, "verifying"), (4.9, "verifying"), (5.0, "closed")):
        if minutes:
            report(desk, DEVICE_ID, 3.55)
            report(desk, OTHER_DEVICE_ID, 3.55)
        pass_time(desk, 3.5 + minutes / 60, started_at=started)
        assert states(desk)[0] == expected

    assert desk.tickets == []


def test_all_steps_that_were_missed_are_done_after_a_restart(desk: FakeDesk) -> None:
    """The collector was down from before the start until within the window's end and check."""
    report(desk, DEVICE_ID, 3.2)
    pass_time(desk, 3.2)
    assert states(desk) == ["verifying"]
    report(desk, DEVICE_ID, 3.4)
    pass_time(desk, 3.5)

    assert states(desk) == ["closed", "planned"]
    assert desk.ticket.device_id == OTHER_DEVICE_ID


def test_occurrence_that_nobody_saw_is_missed_and_the_next_is_planned(desk: FakeDesk) -> None:
    pass_time(desk, 26.0)
    assert states(desk) == ["missed", "active"]
    pass_time(desk, 30.0)
    pass_time(desk, 99.0)

    assert states(desk)[0] == "missed"
    assert states(desk)[-1] in {"closed", "missed"}
    assert desk.database.data.timers == {}


def test_cancelled_window_lets_go_at_once(desk: FakeDesk) -> None:
    pass_time(desk, 1.0)
    happen(desk, OPENED, hours=2.0)
    now = NOW + 2.1 * HOUR
    cancelled = cancel_window(desk.open, 1, user="bo", now=now)
    pass_time(desk, 2.1)
    pass_time(desk, 9.0)

    assert (cancelled.cancelled_by, cancelled.cancelled_at) == ("bo", now)
    assert desk.ticket.opened_at == now
    assert states(desk) == ["cancelled"]
    with pytest.raises(ConflictError, match="window 1 is over"):
        cancel_window(desk.open, 1, user="bo", now=now)
    assert [one.action for one in desk.database.data.configured.audit] == ["added", "cancelled"]


def test_what_is_wrong_is_refused(desk: FakeDesk) -> None:
    with pytest.raises(NotFoundError, match="no maintenance window"):
        cancel_window(desk.open, 9, user="bo", now=NOW)
    with pytest.raises(InvalidError, match="rrule"):
        add_window(desk.open, replace(WINDOW, rrule="x"), now=NOW)
    for _ in range(MAX_WINDOWS - 1):
        add_window(desk.open, WINDOW, now=NOW)
    with pytest.raises(ConflictError, match="200 windows"):
        add_window(desk.open, WINDOW, now=NOW)
