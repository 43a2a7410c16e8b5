from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.desk.message import TEMPLATE_FAILED, OutboxMessage
from sickbay_collector.core.desk.notice_template import NoticeTemplate, TextEvent
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.desk.sla import SlaClock, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.target_notices import tell_of_targets
from sickbay_collector.services.ticket_writes import insert_ticket, write_ticket
from tests.collector.desk_builders import NOW, a_ticket
from tests.collector.desk_fakes import FakeDesk
from tests.collector.services.test_notices import a_technician

ADA = Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.org", language="de-AT")
BERLIN = Site(id="berlin", name="Berlin", zone="Europe/Berlin", country="DE", location="")
BOOK = DeskBook(
    channels={"mail": ChannelSpec(id="mail", kind=ChannelKind.EMAIL)},
    sites={"berlin": BERLIN},
    technicians={
        "ann": a_technician("ann", name="Ann", email="ann@example.org", languages=("de",)),
    },
)


def clock(ticket: Ticket, **fields: object) -> SlaClock:
    found = SlaClock(
        ticket_id=ticket.ticket_id,
        target=SlaTarget.RESPONSE,
        state=SlaState.RUNNING,
        policy="p",
        calendar="c",
        within_s=3600.0,
        due_at=NOW + timedelta(hours=1),
        next_at=None,
        warned_at=None,
        breached_at=None,
        stopped_at=None,
        book="",
    )
    return replace(found, **fields)  # type: ignore[arg-type]


def a_desk(person: Person = ADA, book: DeskBook = BOOK) -> FakeDesk:
    desk = FakeDesk()
    desk.database.book = book
    desk.database.data.people[person.person_id] = person
    return desk


def opened(desk: FakeDesk, **fields: object) -> Ticket:
    ticket = a_ticket(requester=ADA.person_id, site="berlin", **{"title": "Printer", **fields})
    desk.database.data.clocks[ticket.ticket_id, SlaTarget.RESPONSE] = clock(ticket)
    with desk.open() as uow:
        event = insert_ticket(uow, ticket, actor="sickbay", text="opened")
        uow.commit()
    assert event is not None
    return event.after


def write(desk: FakeDesk, before: Ticket, after: Ticket, actor: str = "mia") -> Ticket:
    with desk.open() as uow:
        event = write_ticket(
            uow, before, after, kind=TicketEventKind.ASSIGNED, actor=actor, text="x", at=NOW
        )
        uow.commit()
    return event.after


def to(desk: FakeDesk, recipient: str) -> list[OutboxMessage]:
    return [one for one in desk.notices if one.recipient == recipient]


def to_ada(desk: FakeDesk) -> list[str]:
    return [one.payload["event"] for one in to(desk, "person:p-ada")]


def test_receipt_says_when_in_the_requesters_zone_and_language() -> None:
    desk = a_desk()
    ticket = opened(desk)
    (message,) = to(desk, "person:p-ada")

    assert message.address == "ada@example.org"
    assert message.channel == "mail"
    assert message.ticket_id == ticket.ticket_id
    assert message.payload["subject"] == f"Ticket {ticket.number}: Ihre Anfrage ist eingegangen"
    assert "bis spätestens 02.03.2026, 11:00 Uhr (Europe/Berlin)" in message.payload["body"]


@pytest.mark.parametrize("language", ["", "en-GB", "fr"])
def test_other_languages_read_english(language: str) -> None:
    desk = a_desk(replace(ADA, language=language))
    opened(desk)
    (message,) = to(desk, "person:p-ada")

    assert message.payload["body"].startswith("Hello Ada,")


def test_whole_way_of_a_ticket_is_told() -> None:
    desk = a_desk()
    ticket = opened(desk)
    ticket = write(desk, ticket, changes.assigned(ticket, assignee="ann", at=NOW))
    ticket = write(desk, ticket, changes.taken(ticket, user="ann", at=NOW), actor="ann")
    ticket = write(desk, ticket, changes.waiting(ticket, TicketAction.WAIT_FOR_VENDOR))
    ticket = write(desk, ticket, changes.taken(ticket, user="ann", at=NOW), actor="ann")
    write(
        desk,
        ticket,
        changes.resolved(ticket, resolution="New cable.", at=NOW, user="ann"),
    )
    told = to(desk, "person:p-ada")

    assert to_ada(desk) == ["receipt", "assignment", "waiting", "resolution"]
    assert "Ann kümmert sich" in told[1].payload["subject"]
    assert "wartet auf einen Lieferanten" in told[2].payload["body"]
    assert "New cable." in told[3].payload["body"]


def test_technician_is_told_of_what_others_give() -> None:
    desk = a_desk()
    ticket = opened(desk)
    write(desk, ticket, changes.assigned(ticket, assignee="ann", at=NOW))
    (message,) = to(desk, "technician:ann")

    assert message.payload["event"] == "assigned"
    assert "gehört Ihnen: Printer" in message.payload["subject"]


def test_technician_who_takes_a_ticket_is_not_told_of_it() -> None:
    desk = a_desk()
    ticket = opened(desk)
    write(desk, ticket, changes.taken(ticket, user="ann", at=NOW), actor="ann")

    assert to(desk, "technician:ann") == []
    assert to_ada(desk) == ["receipt", "assignment"]


def test_breach_is_told_to_both_and_a_warning_to_the_technician_only() -> None:
    desk = a_desk()
    ticket = opened(desk, assignee="ann")
    with desk.open() as uow:
        tell_of_targets(uow, [(ticket, clock(ticket, warned_at=NOW))], at=NOW)
        late = NOW + timedelta(hours=1)
        tell_of_targets(uow, [(ticket, clock(ticket, breached_at=late))], at=late)
        tell_of_targets(uow, [(ticket, clock(ticket, breached_at=late))], at=late)
        uow.commit()
    events = [one.payload["event"] for one in to(desk, "technician:ann")]

    assert events == ["assigned", "sla_warned", "sla_breached"]
    assert to_ada(desk) == ["receipt", "breach"]
    assert "02.03.2026, 11:00 Uhr" in to(desk, "person:p-ada")[1].payload["body"]


def test_ticket_that_nobody_has_is_told_to_its_tier() -> None:
    desk = a_desk()
    ticket = opened(desk)
    with desk.open() as uow:
        tell_of_targets(uow, [(ticket, clock(ticket, warned_at=NOW))], at=NOW)
        uow.commit()

    assert [one.recipient for one in desk.notices][-1] == f"team:{ticket.tier}"


@pytest.mark.parametrize(
    "person", [replace(ADA, person_id=PersonId("other")), replace(ADA, deactivated_at=NOW)]
)
def test_who_is_gone_is_told_nothing(person: Person) -> None:
    desk = a_desk(person)
    opened(desk)

    assert to_ada(desk) == []


def test_template_of_the_site_replaces_the_shipped_one_and_may_be_html() -> None:
    own = NoticeTemplate(
        id="receipt-de",
        event=TextEvent.RECEIPT,
        language="de",
        subject="{{ number }}",
        text="{{ title }}",
        html="<p>{{ title }}</p>",
    )
    desk = a_desk(book=replace(BOOK, templates={own.id: own}))
    opened(desk, title="<b>&")
    (message,) = to(desk, "person:p-ada")

    assert (message.payload["body"], message.payload["html"]) == ("<b>&", "<p>&lt;b&gt;&amp;</p>")


def test_template_that_fails_at_run_time_gives_way_to_the_shipped_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logged, counted when it is sent, and nothing is lost."""
    bad = NoticeTemplate(
        id="mine", event=TextEvent.RECEIPT, language="de", subject="x", text="{{ nothing }}"
    )
    desk = a_desk(book=replace(BOOK, templates={bad.id: bad}))
    opened(desk)
    (message,) = to(desk, "person:p-ada")

    assert message.payload["body"].startswith("Guten Tag Ada,")
    assert TEMPLATE_FAILED in message.payload
    assert "notice.template_failed template=mine error=UndefinedError" in caplog.text
