from sickbay_collector.core.desk.meanwhile import since_version
from sickbay_collector.core.desk.ticket import Visibility, WorklogEntry
from tests.collector.desk_builders import NOW, TICKET_ID


def an_entry(text: str, **after: str) -> WorklogEntry:
    return WorklogEntry(
        ticket_id=TICKET_ID,
        at=NOW,
        actor="ann",
        event="note",
        text=text,
        visibility=Visibility.INTERNAL,
        before={},
        after=after,
    )


OPENED = an_entry("opened", status="new")
NOTE = an_entry("a note")
TAKEN = an_entry("taken", status="in_progress")
WATCHED = an_entry("watched", watchers="person:p-1")
ASSIGNED = an_entry("assigned", assignee="ben")


def test_who_read_the_present_version_missed_nothing() -> None:
    assert since_version((OPENED, NOTE), version=1, seen=1) == ()
    assert since_version((OPENED, NOTE), version=1, seen=7) == ()


def test_what_was_missed_begins_with_the_first_write_since() -> None:
    """What changed no field of the ticket counts no version, but is told of."""
    worklog = (OPENED, NOTE, TAKEN, WATCHED, ASSIGNED, NOTE)

    assert since_version(worklog, version=3, seen=2) == (ASSIGNED, NOTE)
    assert since_version(worklog, version=3, seen=1) == (TAKEN, WATCHED, ASSIGNED, NOTE)


def test_more_versions_than_entries_show_all_of_them() -> None:
    assert since_version((OPENED, TAKEN), version=9, seen=1) == (OPENED, TAKEN)
