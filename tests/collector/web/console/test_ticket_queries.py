"""How often a page asks the database: a fixed number of times, whatever it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from sickbay_collector.core.desk.parts import LinkKind, TicketLink, Watcher, WatcherKind
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, TICKET, WELL, Clinic, a_ticket
from tests.collector.web.console.conftest import Open

LIMIT = 12
"""Two of them are the session's."""
_PATHS = (
    "/tickets/1",
    "/tickets/1?tab=around",
    "/tickets/1?tab=routing",
    "/tickets/1?tab=costs",
    "/tickets/1/around",
)


def test_a_ticket_with_much_around_it_asks_the_database_seldom(
    clinic: Clinic, open_as: Open
) -> None:
    client = open_as(Role.TECHNICIAN)
    _add_kin(clinic)
    often = {}
    for path in _PATHS:
        with statements(clinic.engine) as found:
            assert client.get(path).status_code == 200
        if len(found) > LIMIT:
            often[path] = found

    assert often == {}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Note what is asked meanwhile."""
    found: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            found.append(" ".join(statement.split())[:200])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _add_kin(clinic: Clinic) -> None:
    """Let the ticket have a requester, watchers, links and others like it."""
    with clinic.open_writes() as uow:
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        for place in range(6):
            person = PersonId(f"p-{place}")
            uow.people.add(Person(person_id=person, name=f"Person {place}"))
            other = TicketId(f"0195a000-0000-7000-8000-{place:012d}")
            uow.tickets.insert_open(
                a_ticket(
                    ticket_id=other,
                    device_id=WELL,
                    status=TicketStatus.CLOSED,
                    resolution="Freed space.",
                )
            )
            uow.ticket_parts.watch(
                Watcher(
                    ticket_id=TICKET,
                    kind=WatcherKind.PERSON,
                    watcher=person,
                    added_at=NOW,
                    added_by="ann",
                )
            )
            uow.ticket_parts.link(
                TicketLink(
                    ticket_id=TICKET,
                    kind=LinkKind.CAUSED_BY,
                    other_id=other,
                    added_at=NOW,
                    added_by="ann",
                )
            )
        uow.commit()
