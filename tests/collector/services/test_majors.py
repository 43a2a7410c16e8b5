"""Major incidents: declared, owned, kept up to date, and over with their ticket."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import EscalationPolicy
from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus, Visibility
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.services import desk as technician
from sickbay_collector.services.acts import Act
from sickbay_collector.services.major_acts import (
    MAX_SUBSCRIBERS,
    Declaration,
    declare,
    subscribe,
    update,
)
from sickbay_collector.services.ticket_writes import insert_ticket
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import Ran, run_due
from tests.collector.desk_builders import NOW, TICKET_ID, a_ticket
from tests.collector.desk_fakes import FakeDesk
from tests.collector.roster_builders import a_book, a_layer, a_rota, a_technician, every


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def the_book() -> DeskBook:
    """Return a desk where cas leads L2, whose manager is bob; nothing is escalated."""
    always = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-01T00:00"))
    return replace(
        a_book(
            a_technician("ann", manager="bob"),
            a_technician("bob"),
            a_technician("cas", manager="bob"),
            rotas=[a_rota("two", a_layer("week", always, "cas"), tier="L2")],
        ),
        escalations={"all": EscalationPolicy(id="all", update_every_s=1200.0)},
    )


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with a ticket of medium priority."""
    desk = FakeDesk()
    desk.database.book = the_book()
    opened(desk)
    return desk


def opened(desk: FakeDesk, **fields: object) -> None:
    with desk.open() as uow:
        insert_ticket(uow, a_ticket(**fields), actor="sickbay", text="opened")
        uow.commit()


def play(desk: FakeDesk, at: datetime) -> None:
    told: list[Ran] = []
    run_due(desk.database.read, desk.open, HANDLERS, at, lambda _: False, told=told.append)
    assert all(one.ok for one in told)


def told(desk: FakeDesk) -> list[tuple[str, str]]:
    """Return who was told what kind of thing."""
    found = [one for one in desk.messages if one.recipient]
    return [(one.recipient, one.payload["subject"].partition(":")[0]) for one in found]


def incident(desk: FakeDesk) -> MajorIncident:
    return desk.database.data.majors[TICKET_ID]


def make_major(desk: FakeDesk, **wanted: object) -> None:
    said = Declaration(reason="All are down.", **wanted)  # type: ignore[arg-type]
    declare(desk.open, act(desk, NOW), said)


def act(desk: FakeDesk, at: datetime, *, user: str = "ann") -> Act:
    return Act(ticket_id=TICKET_ID, user=user, expected_version=desk.ticket.version, now=at)


def resolve(desk: FakeDesk, at: datetime) -> Ticket:
    return technician.resolve(desk.open, act(desk, at), resolution="The switch was replaced.")


def test_urgent_ticket_is_declared_and_led_by_who_is_on_call() -> None:
    desk = FakeDesk()
    desk.database.book = the_book()
    opened(desk, priority=Priority.URGENT, requester="p-1")
    play(desk, NOW)

    assert desk.ticket.major
    assert (incident(desk).owner, incident(desk).declared_by) == ("cas", "sickbay")
    assert incident(desk).due_at == NOW + minutes(20)
    assert told(desk) == [
        ("technician:cas", "Major incident 1"),
        ("person:p-1", "Major incident 1"),
    ]


def test_who_declares_it_owns_it_unless_somebody_is_named(desk: FakeDesk) -> None:
    make_major(desk)
    assert (incident(desk).owner, incident(desk).update_every_s) == ("ann", 1200.0)

    make_major(desk, owner="cas", update_every_s=600.0)
    assert (incident(desk).owner, incident(desk).due_at) == ("cas", NOW + minutes(10))
    assert desk.entries[-1].text == "cas owns the major incident, updates every 600s"
    assert ("technician:cas", "Major incident 1") in told(desk)


def test_missed_update_reminds_the_owner_then_the_manager_too(desk: FakeDesk) -> None:
    make_major(desk)
    before = len(told(desk))
    for minute in range(45):
        play(desk, NOW + minutes(minute))

    reminders = [who for who, subject in told(desk)[before:] if "needs an update" in subject]
    assert reminders == ["technician:ann", *["technician:ann", "technician:bob"] * 2]
    assert incident(desk).missed == 3


def test_update_tells_everybody_and_sets_the_clock_back(desk: FakeDesk) -> None:
    make_major(desk)
    subscribe(desk.open, TICKET_ID, who="technician:cas")
    play(desk, NOW + minutes(20))
    update(desk.open, TICKET_ID, user="ann", text="Half of it works.", now=NOW + minutes(21))

    entry = desk.entries[-1]
    assert (entry.event, entry.visibility) == ("update", Visibility.PUBLIC)
    assert told(desk)[-1] == ("technician:cas", "Update on major incident 1")
    now = incident(desk)
    assert (now.missed, now.updates, now.due_at) == (0, 1, NOW + minutes(41))


def test_each_update_reaches_a_subscriber_once(desk: FakeDesk) -> None:
    make_major(desk)
    subscribe(desk.open, TICKET_ID, who="technician:cas")
    subscribe(desk.open, TICKET_ID, who="technician:cas")
    for text in ("one", "two"):
        update(desk.open, TICKET_ID, user="ann", text=text, now=NOW + minutes(1))
    subscribe(desk.open, TICKET_ID, who="technician:cas", wanted=False)
    update(desk.open, TICKET_ID, user="ann", text="three", now=NOW + minutes(2))

    assert [who for who, subject in told(desk) if "Update" in subject] == ["technician:cas"] * 2


def test_resolution_ends_it_and_nobody_is_reminded(desk: FakeDesk) -> None:
    make_major(desk)
    subscribe(desk.open, TICKET_ID, who="technician:cas")
    resolve(desk, NOW + minutes(5))
    assert told(desk)[-1] == ("technician:cas", "Major incident 1 is over")
    before = told(desk)
    for minute in range(0, 90, 10):
        play(desk, NOW + minutes(minute))

    assert told(desk) == before
    assert (incident(desk).ended_at, incident(desk).due_at) == (NOW + minutes(5), None)


def test_reopened_ticket_is_a_major_incident_again(desk: FakeDesk) -> None:
    make_major(desk)
    resolve(desk, NOW + minutes(5))
    technician.reopen(desk.open, act(desk, NOW, user="zoe"), reason="again")

    assert desk.ticket.status is TicketStatus.REOPENED
    assert (incident(desk).owner, incident(desk).ended_at) == ("zoe", None)


def test_undeclared_it_ends_though_the_ticket_goes_on(desk: FakeDesk) -> None:
    make_major(desk)
    said = Declaration(major=False, reason="one desk only")
    declare(desk.open, act(desk, NOW + minutes(1)), said)

    assert not desk.ticket.major
    assert incident(desk).ended_at == NOW + minutes(1)
    before = incident(desk)
    declare(desk.open, act(desk, NOW + minutes(2)), said)
    assert incident(desk) == before


@pytest.mark.parametrize(
    ("every_s", "ok"),
    [
        pytest.param(60.0, True, id="shortest"),
        pytest.param(59.9, False, id="too short"),
        pytest.param(604_800.0, True, id="longest"),
        pytest.param(604_800.1, False, id="too long"),
    ],
)
def test_interval_is_limited(desk: FakeDesk, every_s: float, *, ok: bool) -> None:
    if ok:
        make_major(desk, update_every_s=every_s)
        assert incident(desk).update_every_s == every_s
        return
    with pytest.raises(InvalidError, match="update_every_s: must be from 60 to 604800"):
        make_major(desk, update_every_s=every_s)


@pytest.mark.parametrize(
    ("who", "error", "said"),
    [
        pytest.param("cas", InvalidError, "must be person:NAME or technician:LOGIN", id="kind"),
        pytest.param("team:L1", InvalidError, "must be person:NAME", id="team"),
        pytest.param("technician:eve", NotFoundError, "no technician 'eve'", id="technician"),
        pytest.param("person:eve", NotFoundError, "person", id="person"),
    ],
)
def test_subscriber_must_be_known(
    desk: FakeDesk, who: str, error: type[Exception], said: str
) -> None:
    make_major(desk)

    with pytest.raises(error, match=said):
        subscribe(desk.open, TICKET_ID, who=who)


def test_subscribers_are_limited(desk: FakeDesk) -> None:
    make_major(desk)
    with desk.open() as uow:
        for number in range(MAX_SUBSCRIBERS - 1):
            uow.majors.subscribe(TICKET_ID, f"person:{number}")
        uow.commit()
    subscribe(desk.open, TICKET_ID, who="technician:cas")
    subscribe(desk.open, TICKET_ID, who="technician:cas")

    with pytest.raises(ConflictError, match="has 200 subscribers; at most 200 are allowed"):
        subscribe(desk.open, TICKET_ID, who="technician:bob")


def test_ticket_that_is_none_or_over_takes_no_update(desk: FakeDesk) -> None:
    with pytest.raises(ConflictError, match="is no major incident; declare it first"):
        update(desk.open, TICKET_ID, user="ann", text="x", now=NOW)
    make_major(desk)
    resolve(desk, NOW)
    with pytest.raises(ConflictError, match="resolved cannot be updated"):
        update(desk.open, TICKET_ID, user="ann", text="x", now=NOW)
    with pytest.raises(ConflictError, match="is resolved; it cannot be major"):
        make_major(desk)
