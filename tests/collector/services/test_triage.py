from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.events import TicketEventKind as Event
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services import desk as technician
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import NOW, a_change, a_device, a_rule
from tests.collector.desk_fakes import FakeDesk, LateTicketStore
from tests.fakes import FakeUnitOfWork

WARN = a_rule()
CRIT = a_rule(id="disk.full.crit", urgency=1)
WEEK = timedelta(days=7)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def happen(desk: FakeDesk, *changes: AlertChange, now: datetime = NOW) -> list[Event]:
    """Apply changes in one committed unit of work and return the kinds of the events."""
    return [event.kind for event in events_of(desk, *changes, now=now)]


def events_of(
    desk: FakeDesk, *changes: AlertChange, now: datetime = NOW
) -> tuple[TicketEvent, ...]:
    with desk.open() as uow:
        events = apply_alert_changes(uow, a_device(), changes, now=now, new_id=desk.new_id)
        uow.commit()
    return events


def test_opened_alert_opens_a_ticket_with_everything_around_it(desk: FakeDesk) -> None:
    kinds = happen(desk, a_change(ChangeKind.OPENED))
    ticket = desk.ticket
    (alert,) = desk.alerts
    (entry,) = desk.entries
    (item,) = desk.evidence
    (message,) = desk.announcements

    assert kinds == [Event.OPENED]
    assert (alert.ticket_id, alert.status, alert.rule_version) == (
        ticket.ticket_id,
        "open",
        WARN.version,
    )
    assert (entry.event, entry.actor, item.ticket_id) == ("opened", "sickbay", ticket.ticket_id)
    assert message.key == f"{ticket.ticket_id}:1-opened:log"
    assert message.payload["title"] == "ws-17: Volume almost full: C:"


def test_nothing_is_committed_by_triage_itself(desk: FakeDesk) -> None:
    """The report's transaction decides; leaving it without commit leaves nothing."""
    with desk.open() as uow:
        apply_alert_changes(
            uow, a_device(), [a_change(ChangeKind.OPENED)], now=NOW, new_id=desk.new_id
        )

    assert desk.tickets == []
    assert desk.announcements == []


def test_second_alert_of_the_family_joins_and_raises_the_priority(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED))
    (event,) = events_of(desk, a_change(ChangeKind.OPENED, rule=CRIT))

    assert event.kind is Event.JOINED
    assert desk.ticket.priority is Priority.HIGH
    assert len(desk.announcements) == 2
    assert desk.entries[-1].before["priority"] == "medium"


def test_second_alert_of_the_same_priority_joins_quietly(desk: FakeDesk) -> None:
    """Nobody is told twice of one ticket; its worklog and evidence grow."""
    happen(desk, a_change(ChangeKind.OPENED))
    happen(desk, a_change(ChangeKind.OPENED, instance="D:"))

    assert len(desk.alerts) == 2
    assert len(desk.announcements) == 1
    assert (len(desk.entries), len(desk.evidence)) == (2, 2)


def test_families_have_tickets_of_their_own(desk: FakeDesk) -> None:
    other = a_rule(id="disk.inodes", family="disk.inodes")
    happen(desk, a_change(ChangeKind.OPENED), a_change(ChangeKind.OPENED, rule=other))

    assert {one.family for one in desk.tickets} == {"disk.space", "disk.inodes"}


def test_ticket_resolves_only_when_its_last_alert_closed(desk: FakeDesk) -> None:
    happen(
        desk,
        a_change(ChangeKind.OPENED),
        a_change(ChangeKind.OPENED, instance="D:"),
    )

    assert happen(desk, a_change(ChangeKind.CLOSED)) == []
    assert happen(desk, a_change(ChangeKind.CLOSED, instance="D:", reason="D: 40 % free")) == [
        Event.RESOLVED
    ]
    assert desk.ticket.resolution == "automatic"
    assert desk.ticket.acknowledged_at is None
    assert desk.entries[-1].text == "All its alerts closed: D: 40 % free"


def test_alert_that_opens_while_another_closes_keeps_the_ticket_open(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED))
    kinds = happen(
        desk,
        a_change(ChangeKind.CLOSED),
        a_change(ChangeKind.OPENED, rule=CRIT),
    )

    assert kinds == [Event.JOINED]
    assert desk.ticket.status is TicketStatus.NEW


def test_alert_that_opens_and_closes_within_one_report(desk: FakeDesk) -> None:
    kinds = happen(desk, a_change(ChangeKind.OPENED), a_change(ChangeKind.CLOSED))

    assert kinds == [Event.OPENED, Event.RESOLVED]


@pytest.mark.parametrize(
    ("after", "kinds", "tickets"),
    [
        pytest.param(WEEK - timedelta(seconds=1), [Event.REOPENED], 1, id="within-the-window"),
        pytest.param(WEEK, [Event.CLOSED, Event.OPENED], 2, id="after-the-window"),
    ],
)
def test_new_alert_reopens_the_same_ticket_within_the_window(
    desk: FakeDesk, after: timedelta, kinds: list[Event], tickets: int
) -> None:
    happen(desk, a_change(ChangeKind.OPENED), a_change(ChangeKind.CLOSED))
    later = NOW + after

    assert happen(desk, a_change(ChangeKind.OPENED, at=later), now=later) == kinds
    assert len(desk.tickets) == tickets


def test_reopened_ticket_is_counted_and_rises(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED), a_change(ChangeKind.CLOSED))
    happen(desk, a_change(ChangeKind.OPENED, rule=CRIT))
    ticket = desk.ticket

    assert (ticket.status, ticket.reopen_count, ticket.priority) == (
        TicketStatus.REOPENED,
        1,
        Priority.HIGH,
    )
    assert [one.key.split(":")[1] for one in desk.announcements] == [
        "1-opened",
        "2-resolved",
        "3-reopened",
    ]


def test_hardware_gets_another_ticket_at_once(desk: FakeDesk) -> None:
    rule = a_rule(id="disk.failing", family="disk.health", reopen_s=0.0)
    change = a_change(ChangeKind.OPENED, rule=rule, instance="S4EVNX0R")
    happen(desk, change, replace(change, kind=ChangeKind.CLOSED))

    assert happen(desk, change) == [Event.CLOSED, Event.OPENED]


def test_muted_alert_is_recorded_with_its_reason_and_without_ticket(desk: FakeDesk) -> None:
    kinds = happen(desk, a_change(ChangeKind.SUPPRESSED, reason="30 min after the boot"))
    (alert,) = desk.alerts

    assert kinds == []
    assert (alert.status, alert.suppressed_reason, alert.closed_at, alert.ticket_id) == (
        "suppressed",
        "30 min after the boot",
        NOW,
        None,
    )
    assert desk.tickets == []


def test_muted_alert_is_evidence_for_the_ticket_of_what_mutes_it(desk: FakeDesk) -> None:
    slow = a_rule(id="boot.slow", family="boot.slow", muted_by=("disk.*",))
    happen(desk, a_change(ChangeKind.OPENED))
    kinds = happen(
        desk,
        a_change(ChangeKind.SUPPRESSED, rule=slow, instance="", reason="disk.full.warn is open"),
    )

    assert kinds == [Event.SUPPRESSED]
    assert desk.evidence[-1].rule_id == "boot.slow"
    assert desk.alerts[-1].ticket_id == desk.ticket.ticket_id
    assert desk.entries[-1].text.endswith(": disk.full.warn is open")
    assert len(desk.tickets) == len(desk.announcements) == 1


def test_muted_alert_goes_to_the_ticket_of_its_own_instance(desk: FakeDesk) -> None:
    """Both drives are failing; the slow one is evidence for its own failure."""
    failing = a_rule(id="disk.failing", family="disk.health")
    degrading = a_rule(id="disk.degrading", family="disk.degrading")
    slow = a_rule(id="disk.slow", family="disk.slow", muted_by=("disk.failing", "disk.degrading"))
    happen(
        desk,
        a_change(ChangeKind.OPENED, rule=degrading, instance="A1"),
        a_change(ChangeKind.OPENED, rule=failing, instance="B2"),
        a_change(ChangeKind.SUPPRESSED, rule=slow, instance="B2", reason="muted"),
    )
    (item,) = [one for one in desk.evidence if one.rule_id == "disk.slow"]
    (ticket,) = [one for one in desk.tickets if one.ticket_id == item.ticket_id]

    assert ticket.family == "disk.health"


def test_flapping_is_one_note(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED))

    assert happen(desk, a_change(ChangeKind.FLAPPING)) == [Event.FLAPPING]
    assert desk.ticket.version == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [(ChangeKind.CLEARING, "clearing"), (ChangeKind.RETURNED, "open")],
)
def test_clearing_is_kept_on_the_alert_only(desk: FakeDesk, kind: ChangeKind, status: str) -> None:
    happen(desk, a_change(ChangeKind.OPENED))

    assert happen(desk, a_change(kind)) == []
    assert [one.status for one in desk.alerts] == [status]


def test_evidence_grows_the_open_ticket(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED))

    assert happen(desk, a_change(ChangeKind.EVIDENCE)) == [Event.EVIDENCE]
    assert len(desk.evidence) == 2


def test_alert_keeps_what_was_measured_last(desk: FakeDesk) -> None:
    """Beside its ticket, which may be another's or none."""
    happen(desk, a_change(ChangeKind.OPENED))
    later = a_change(ChangeKind.EVIDENCE, at=NOW + timedelta(days=1), urgency=1)
    happen(desk, later)

    (alert,) = desk.alerts
    assert (alert.measured_at, alert.urgency) == (later.at, 1)
    assert alert.readings == later.readings


def test_evidence_of_a_cancelled_ticket_opens_no_other(desk: FakeDesk) -> None:
    """A technician said that it is no fault; the alert has to close before it is one again."""
    happen(desk, a_change(ChangeKind.OPENED))
    technician.cancel(desk.open, _act(desk), reason="a test volume")

    assert happen(desk, a_change(ChangeKind.EVIDENCE)) == []
    assert len(desk.evidence) == 1
    assert happen(desk, a_change(ChangeKind.CLOSED)) == []
    assert happen(desk, a_change(ChangeKind.OPENED)) == [Event.OPENED]


def test_evidence_after_the_ticket_closed_opens_another_for_the_same_alert(desk: FakeDesk) -> None:
    rule = a_rule(reopen_s=0.0)
    happen(desk, a_change(ChangeKind.OPENED, rule=rule))
    technician.resolve(desk.open, _act(desk), resolution="swapped")
    technician.close_expired(desk.open, NOW + timedelta(hours=1))
    later = NOW + timedelta(days=1)
    kinds = happen(desk, a_change(ChangeKind.EVIDENCE, rule=rule, at=later), now=later)
    (alert,) = desk.alerts

    assert kinds == [Event.OPENED]
    assert alert.ticket_id == desk.tickets[-1].ticket_id
    assert len(desk.tickets) == 2


def test_measurement_verifies_what_a_person_resolved(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED))
    technician.resolve(desk.open, _act(desk), resolution="emptied the bin")
    kinds = happen(desk, a_change(ChangeKind.CLOSED, reason="C: 40 % free"))

    assert kinds == [Event.VERIFIED]
    assert desk.ticket.resolution == "emptied the bin"
    assert desk.entries[-1].text == "Verified by measurement: C: 40 % free"


def test_change_without_record_or_rule_changes_nothing(desk: FakeDesk) -> None:
    """Records may be younger than the engine's memory, and a rule may be gone."""
    kinds = happen(
        desk,
        a_change(ChangeKind.CLOSED),
        a_change(ChangeKind.FLAPPING),
        replace(a_change(ChangeKind.EVIDENCE), rule=None),
        replace(a_change(ChangeKind.SUPPRESSED), rule=None),
    )

    assert kinds == []
    assert desk.alerts == []


def test_evidence_without_record_counts_as_opened(desk: FakeDesk) -> None:
    assert happen(desk, a_change(ChangeKind.EVIDENCE)) == [Event.OPENED]


def test_ticket_that_another_collector_opened_meanwhile_is_joined(desk: FakeDesk) -> None:
    """The insert finds it although the read before did not."""
    happen(desk, a_change(ChangeKind.OPENED, instance="D:"))
    (event,) = late(desk, looks=1)

    assert event.kind is Event.JOINED
    assert event.after.ticket_id == desk.ticket.ticket_id


def test_ticket_that_stays_invisible_is_a_conflict(desk: FakeDesk) -> None:
    happen(desk, a_change(ChangeKind.OPENED, instance="D:"))

    with pytest.raises(ConflictError, match=r"a ticket of disk\.space is being written elsewhere"):
        late(desk, looks=2)


def late(desk: FakeDesk, *, looks: int) -> tuple[TicketEvent, ...]:
    """Open an alert where the open ticket shows only after so many looks."""
    uow = FakeUnitOfWork(desk.database, writes=True)
    uow.tickets = LateTicketStore(uow._data, looks=looks)
    changes = [a_change(ChangeKind.OPENED)]
    return apply_alert_changes(uow, a_device(), changes, now=NOW, new_id=desk.new_id)


def _act(desk: FakeDesk) -> technician.Act:
    ticket = desk.ticket
    return technician.Act(
        ticket_id=ticket.ticket_id, user="mia", expected_version=ticket.version, now=NOW
    )
