from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind, worklog_entry
from sickbay_collector.core.desk.ticket import Priority, TicketStatus, Visibility
from tests.collector.desk_builders import NOW, a_ticket


def test_worklog_has_exactly_the_fields_that_changed() -> None:
    """The version is bookkeeping, not a change."""
    before = a_ticket()
    after = replace(
        before, version=2, status=TicketStatus.IN_PROGRESS, assignee="mia", acknowledged_at=NOW
    )
    event = TicketEvent(kind=TicketEventKind.TAKEN, at=NOW, actor="mia", before=before, after=after)
    entry = worklog_entry(event, "mia works on it", Visibility.INTERNAL)

    assert entry.before == {"status": "new", "assignee": "", "acknowledged_at": ""}
    assert entry.after == {
        "status": "in_progress",
        "assignee": "mia",
        "acknowledged_at": "2026-03-02T09:00:00+00:00",
    }
    assert (
        entry.event,
        entry.actor,
        entry.at,
        entry.text,
    ) == ("taken", "mia", NOW, "mia works on it")
    assert event.is_write


def test_opened_ticket_shows_where_it_begins() -> None:
    event = TicketEvent(
        kind=TicketEventKind.OPENED,
        at=NOW,
        actor="sickbay",
        before=None,
        after=a_ticket(priority=Priority.HIGH),
    )
    entry = worklog_entry(event, "", Visibility.INTERNAL)

    assert entry.before == {}
    assert entry.after == {
        "status": "new",
        "priority": "high",
        "tier": "L1",
        "queue": "service-desk",
    }
    assert event.is_write


def test_note_changes_nothing() -> None:
    ticket = a_ticket()
    event = TicketEvent(
        kind=TicketEventKind.NOTE,
        at=NOW + timedelta(hours=1),
        actor="mia",
        before=ticket,
        after=ticket,
    )
    entry = worklog_entry(event, "called", Visibility.PUBLIC)

    assert (entry.before, entry.after, entry.visibility) == ({}, {}, Visibility.PUBLIC)
    assert not event.is_write
