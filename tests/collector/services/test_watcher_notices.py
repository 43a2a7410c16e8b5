"""Who watches a ticket is told what happens to it, once, and nobody of what they did."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.desk.parts import Watcher, WatcherKind
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.target_notices import tell_of_targets
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk
from tests.collector.services.test_notices import a_technician
from tests.collector.services.test_requester_notices import BOOK, a_desk, clock, opened, to

BOB = Person(person_id=PersonId("p-bob"), name="Bob", email="bob@example.org", language="en")
KINDS = TicketEventKind


def watched_desk(bob: Person = BOB, *, also: tuple[str, ...] = ()) -> tuple[FakeDesk, Ticket]:
    """Return a desk with a ticket of Ada's that Bob, Cleo and others watch."""
    technicians = {name: a_technician(name, name=name.title()) for name in ("ann", "cleo")}
    desk = a_desk(book=replace(BOOK, technicians=technicians))
    desk.database.data.people[bob.person_id] = bob
    ticket = opened(desk)
    with desk.open() as uow:
        for name in ("p-bob", "cleo", *also):
            kind = WatcherKind.PERSON if name.startswith("p-") else WatcherKind.TECHNICIAN
            uow.ticket_parts.watch(
                Watcher(
                    ticket_id=ticket.ticket_id,
                    kind=kind,
                    watcher=name,
                    added_at=NOW,
                    added_by="mia",
                )
            )
        uow.commit()
    return desk, ticket


def write(
    desk: FakeDesk, before: Ticket, after: Ticket, kind: TicketEventKind, actor: str = "mia"
) -> Ticket:
    with desk.open() as uow:
        event = write_ticket(uow, before, after, kind=kind, actor=actor, text="inside", at=NOW)
        uow.commit()
    return event.after


def note(desk: FakeDesk, ticket: Ticket, visibility: Visibility, actor: str = "mia") -> None:
    with desk.open() as uow:
        log_on_ticket(
            uow,
            ticket,
            kind=KINDS.NOTE,
            actor=actor,
            text=f"{visibility} words",
            at=NOW,
            visibility=visibility,
        )
        uow.commit()


def bodies(desk: FakeDesk, recipient: str) -> list[str]:
    return [one.payload["body"] for one in to(desk, recipient) if one.payload["event"] == "watched"]


def test_persons_hear_what_is_public_and_technicians_everything() -> None:
    desk, ticket = watched_desk()
    ticket = write(desk, ticket, changes.assigned(ticket, assignee="ann", at=NOW), KINDS.ASSIGNED)
    ticket = write(
        desk, ticket, changes.waiting(ticket, TicketAction.WAIT_FOR_VENDOR), KINDS.WAITING
    )
    ticket = write(desk, ticket, replace(ticket, category="network"), KINDS.EDITED)
    note(desk, ticket, Visibility.INTERNAL)
    note(desk, ticket, Visibility.PUBLIC)
    after = changes.resolved(ticket, resolution="Done.", at=NOW, user="ann")
    ticket = write(desk, ticket, after, KINDS.RESOLVED)
    write(desk, ticket, changes.reopened(ticket, actor=ActorKind.PERSON), KINDS.REOPENED)
    said = bodies(desk, "person:p-bob")

    assert [text.splitlines()[3] for text in said if len(text.splitlines()) > 3] == [
        "Ann takes care of it.",
        "It waits for a vendor.",
        "",
        "It is solved.",
        "It is open again.",
    ]
    assert said[2].endswith("public words")
    assert not [text for text in said if "inside" in text]
    assert len(bodies(desk, "technician:cleo")) == 7
    assert "What happened: edited." in bodies(desk, "technician:cleo")[2]


def test_nobody_is_told_of_what_they_did() -> None:
    desk, ticket = watched_desk(replace(BOB, login="bob"))
    note(desk, ticket, Visibility.PUBLIC, actor="cleo")
    note(desk, ticket, Visibility.PUBLIC, actor="bob")

    assert (len(bodies(desk, "technician:cleo")), len(bodies(desk, "person:p-bob"))) == (1, 1)


def test_nobody_is_told_twice() -> None:
    """The requester and the new assignee are told anyway; a technician is no person besides."""
    desk, ticket = watched_desk(replace(BOB, login="cleo"), also=("p-ada", "ann"))
    write(desk, ticket, changes.assigned(ticket, assignee="ann", at=NOW), KINDS.ASSIGNED)
    events = {
        who: [one.payload["event"] for one in to(desk, who)]
        for who in ("person:p-ada", "person:p-bob", "technician:ann", "technician:cleo")
    }

    assert events == {
        "person:p-ada": ["receipt", "assignment"],
        "person:p-bob": [],
        "technician:ann": ["assigned"],
        "technician:cleo": ["watched"],
    }


def test_requester_who_watches_hears_of_public_notes() -> None:
    desk, ticket = watched_desk(also=("p-ada",))
    note(desk, ticket, Visibility.PUBLIC)

    assert bodies(desk, "person:p-ada")[0].endswith("public words")


@pytest.mark.parametrize(
    "kind", [KINDS.EVIDENCE, KINDS.FLAPPING, KINDS.SUPPRESSED, KINDS.ESCALATION]
)
def test_measurements_are_no_news(kind: TicketEventKind) -> None:
    desk, ticket = watched_desk()
    with desk.open() as uow:
        log_on_ticket(uow, ticket, kind=kind, actor="sickbay", text="x", at=NOW)
        uow.commit()

    assert bodies(desk, "technician:cleo") == []


def test_who_is_gone_hears_nothing() -> None:
    desk, ticket = watched_desk(replace(BOB, deactivated_at=NOW))
    note(desk, ticket, Visibility.PUBLIC)

    assert bodies(desk, "person:p-bob") == []


def test_technicians_who_watch_hear_of_targets() -> None:
    desk, ticket = watched_desk()
    with desk.open() as uow:
        tell_of_targets(
            uow, [(ticket, clock(ticket, breached_at=NOW + timedelta(hours=1)))], at=NOW
        )
        uow.commit()

    assert [one.payload["event"] for one in to(desk, "technician:cleo")] == ["sla_breached"]
