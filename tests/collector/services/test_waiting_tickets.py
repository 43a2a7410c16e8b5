"""Tickets that nobody could have are given to whoever can, as soon as somebody can."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.technician import Absence
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services import desk as technician
from sickbay_collector.services.hand_over import escalate_ticket
from sickbay_collector.services.routing_ports import RoutingCause
from sickbay_collector.services.ticket_attention import snooze
from sickbay_collector.services.waiting_tickets import AT_ONCE, RUN_AT_MOST, WaitingTickets
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk
from tests.collector.routed import a_book
from tests.collector.services.test_routing import an_act, put, rankings

MINUTE = timedelta(minutes=1)
SKILLED = "routing: [{id: db, name: db, words: [ora], tier: L1, skills: {database: 3}}]\n"
ONE = "technicians: [{login: ann, tiers: [L1], capacity: 1}]"


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """A desk whose only technician has room for one ticket."""
    desk = FakeDesk()
    desk.database.book = a_book(tmp_path, ONE)
    return desk


def waiting(desk: FakeDesk) -> WaitingTickets:
    return WaitingTickets(desk.database.read, lambda _: False)


def a_waiting(desk: FakeDesk, name: str, **fields: object) -> Ticket:
    """Return a ticket that came when everybody was full."""
    return put(desk, ticket_id=TicketId(name), **fields)


def assignee(desk: FakeDesk, name: str) -> str:
    return desk.database.data.tickets[TicketId(name)].assignee


def test_who_becomes_free_gets_the_most_urgent_then_the_oldest(desk: FakeDesk) -> None:
    first = put(desk)
    a_waiting(desk, "young", opened_at=NOW + MINUTE)
    a_waiting(desk, "old")
    a_waiting(desk, "urgent", opened_at=NOW + MINUTE, priority=Priority.URGENT)
    room = waiting(desk)
    assert room.route(desk.open, NOW + MINUTE) == 0

    given = []
    for name in (first.ticket_id, "urgent", "old"):
        ticket = desk.database.data.tickets[TicketId(name)]
        technician.resolve(desk.open, an_act(ticket), resolution="Restarted.")
        room.route(desk.open, NOW + 2 * MINUTE)
        given.append([one.ticket_id for one in desk.tickets if one.status is TicketStatus.ASSIGNED])

    assert given == [["urgent"], ["old"], ["young"]]


def test_the_worklog_says_why_and_the_ranking_stays(desk: FakeDesk) -> None:
    first = put(desk)
    a_waiting(desk, "second")
    technician.resolve(desk.open, an_act(first), resolution="Restarted.")
    before = len(rankings(desk))

    assert waiting(desk).route(desk.open, NOW + MINUTE) == 1

    *_, moved, given = desk.worklog(TicketId("second"))
    assert (moved.event, given.event) == ("rerouted", "assigned")
    assert moved.text.startswith("Routed anew: somebody can have it now. ")
    assert given.text.startswith("Assigned to ann: ann is best of 1 who can have it")
    (ranking,) = rankings(desk)[before:]
    assert ranking.cause is RoutingCause.REROUTED


def test_nothing_is_tried_again_while_nothing_changed(desk: FakeDesk) -> None:
    """Nor written, where nobody can have it."""
    put(desk)
    a_waiting(desk, "second")
    room, written = waiting(desk), len(desk.entries)

    assert [room.route(desk.open, NOW + count * MINUTE) for count in range(3)] == [0, 0, 0]
    assert len(desk.entries) == written


def test_who_comes_back_gets_what_waited(desk: FakeDesk) -> None:
    ann = desk.database.book.technicians["ann"]
    away = replace(ann, absences=(Absence(since=NOW, until=NOW + MINUTE, reason="ill"),))
    desk.database.book = replace(desk.database.book, technicians={"ann": away})
    a_waiting(desk, "second")
    room = waiting(desk)

    assert [room.route(desk.open, NOW), room.route(desk.open, NOW + MINUTE)] == [0, 1]
    assert assignee(desk, "second") == "ann"


@pytest.mark.parametrize(
    "team",
    [
        pytest.param(ONE.replace("capacity: 1", "capacity: 2"), id="more room"),
        pytest.param(
            ONE.replace("1}", "1}, {login: bea, tiers: [L1], capacity: 1}"), id="one more"
        ),
    ],
)
def test_a_change_of_the_configuration_counts_at_once(
    desk: FakeDesk, tmp_path: Path, team: str
) -> None:
    put(desk)
    a_waiting(desk, "second")
    room = waiting(desk)
    room.route(desk.open, NOW)
    desk.database.book = a_book(tmp_path, team)

    assert room.route(desk.open, NOW + MINUTE) == 1
    assert assignee(desk, "second") in {"ann", "bea"}


def test_who_learns_a_skill_gets_what_asked_for_it(desk: FakeDesk, tmp_path: Path) -> None:
    desk.database.book = a_book(tmp_path, SKILLED + ONE)
    a_waiting(desk, "second", title="ora again")
    room = waiting(desk)
    assert room.route(desk.open, NOW) == 0

    skilled = ONE.replace("capacity: 1", "capacity: 1, skills: {database: 3}")
    desk.database.book = a_book(tmp_path, SKILLED + skilled)

    assert room.route(desk.open, NOW + MINUTE) == 1
    assert assignee(desk, "second") == "ann"


def test_what_is_put_off_waits(desk: FakeDesk) -> None:
    first = put(desk)
    a_waiting(desk, "second")
    snooze(
        desk.open,
        TicketId("second"),
        user="ann",
        until=NOW + 9 * MINUTE,
        reason="a part comes",
        now=NOW,
    )
    technician.resolve(desk.open, an_act(first), resolution="Restarted.")

    assert waiting(desk).route(desk.open, NOW + MINUTE) == 0


def test_what_was_handed_up_stays_in_its_tier_and_away_from_who_handed_it(
    desk: FakeDesk, tmp_path: Path
) -> None:
    both = "{login: ann, tiers: [L1, L2], capacity: 9}"
    desk.database.book = a_book(tmp_path, f"technicians: [{both}]")
    ticket = put(desk)
    escalate_ticket(desk.open, an_act(ticket), missing=Missing.SKILL, reason="no idea")
    room = waiting(desk)
    assert (desk.ticket.tier, desk.ticket.assignee) == ("L2", "")
    assert room.route(desk.open, NOW) == 0

    desk.database.book = a_book(
        tmp_path, f"technicians: [{both}, {{login: cy, tiers: [L2], capacity: 9}}]"
    )

    assert room.route(desk.open, NOW + MINUTE) == 1
    assert (desk.ticket.tier, desk.ticket.assignee) == ("L2", "cy")


def test_a_run_is_bounded_and_the_next_ones_do_the_rest(desk: FakeDesk, tmp_path: Path) -> None:
    put(desk)
    for number in range(RUN_AT_MOST + AT_ONCE):
        a_waiting(desk, f"{number:04}", opened_at=NOW + number * timedelta(seconds=1))
    desk.database.book = a_book(tmp_path, ONE.replace("capacity: 1", "capacity: 300"))
    room = waiting(desk)

    runs = [room.route(desk.open, NOW + MINUTE) for _ in range(3)]

    assert runs == [RUN_AT_MOST, AT_ONCE, 0]
    assert all(one.assignee == "ann" for one in desk.tickets)


def test_behind_many_that_nobody_can_have_the_last_one_is_tried_too(
    desk: FakeDesk, tmp_path: Path
) -> None:
    """Also while the staffing changes before each run."""
    desk.database.book = a_book(tmp_path, SKILLED + ONE)
    put(desk)
    for number in range(2 * RUN_AT_MOST):
        a_waiting(desk, f"{number:04}", title="ora", opened_at=NOW)
    a_waiting(desk, "last", opened_at=NOW + MINUTE)
    room = waiting(desk)

    runs = []
    for capacity in range(2, 7):
        more = ONE.replace("capacity: 1", f"capacity: {capacity}")
        desk.database.book = a_book(tmp_path, SKILLED + more)
        runs.append(room.route(desk.open, NOW + MINUTE))

    assert sum(runs) == 1
    assert assignee(desk, "last") == "ann"
