"""From a ticket to who gets it: the way through the tiers, its reasons, and the ways up."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.desk.factors import FactorName
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.sla import SlaEventKind, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket, TicketKind, TicketSource, TicketStatus
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.services import desk as technician
from sickbay_collector.services.hand_over import escalate_ticket, reroute_ticket
from sickbay_collector.services.routing import KEPT_CANDIDATES, KEPT_REFUSALS, open_ticket
from sickbay_collector.services.routing_ports import RankingRecord, RoutingCause
from sickbay_collector.services.tier_limits import TIER_LIMIT, TIER_REASSIGNED
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import run_due
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import NOW, TICKET_ID, a_change, a_device, a_rule, a_ticket
from tests.collector.desk_fakes import FakeDesk
from tests.collector.routed import TEAM, a_book

HOUR = timedelta(hours=1)


def a_desk(folder: Path, team: str = TEAM) -> FakeDesk:
    """Return a desk with the default configuration and these entries over it."""
    desk = FakeDesk()
    desk.database.book = a_book(folder, team)
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """A desk with five technicians."""
    return a_desk(tmp_path)


def put(desk: FakeDesk, **fields: object) -> Ticket:
    """Open what somebody told on the telephone; return the ticket as it is stored."""
    plain: dict[str, object] = {
        "number": 0,
        "family": None,
        "source": TicketSource.PHONE,
        "category": "software",
        "title": "The warehouse program stops",
        **fields,
    }
    with desk.open() as uow:
        open_ticket(uow, a_ticket(**plain), actor="ann", text="called")
        uow.commit()
    return desk.database.data.tickets[TicketId(str(fields.get("ticket_id", TICKET_ID)))]


def rankings(desk: FakeDesk) -> list[RankingRecord]:
    return desk.database.data.rankings


def an_act(ticket: Ticket, *, user: str = "ann", at: datetime = NOW + HOUR) -> technician.Act:
    return technician.Act(
        ticket_id=ticket.ticket_id, user=user, expected_version=ticket.version, now=at
    )


def due(desk: FakeDesk, kind: str = TIER_LIMIT) -> datetime | None:
    """Return when the ticket's timer of that kind goes off."""
    timer = desk.database.data.timers.get((kind, TICKET_ID))
    return None if timer is None else timer.due_at


def run(desk: FakeDesk, at: datetime) -> int:
    """Run what is due."""
    database = desk.database
    kinds = {kind: HANDLERS[kind] for kind in (TIER_LIMIT, TIER_REASSIGNED)}
    return run_due(database.read, database.open, kinds, at, lambda _: False, told=_is_ok)


def _is_ok(ran: object) -> None:
    assert getattr(ran, "ok", False)


def test_a_database_error_goes_to_who_knows_databases_past_the_general_queue(
    desk: FakeDesk,
) -> None:
    """The specialist with the skill gets it; the one without, and the first tier, never see it."""
    ticket = put(desk, title="ORA-00060: deadlock in the warehouse database")

    assert (ticket.tier, ticket.queue, ticket.assignee) == ("L2", "databases", "dora")
    assert (ticket.status, ticket.assigned_at) == (TicketStatus.ASSIGNED, NOW)
    assert ticket.required_skills == ("database",)
    assert ticket.routing_reason.startswith(
        "routing rule: database error to who knows databases; L2: dora is best of 1"
    )
    (record,) = rankings(desk)
    assert (record.cause, record.tier, record.rule) == (
        RoutingCause.OPENED,
        "L2",
        "database error to who knows databases",
    )
    assert [one.login for one in record.ranking.candidates] == ["dora"]
    assert [(one.login, one.text) for one in record.ranking.refusals] == [
        ("cleo", "lacks database 2 (has 1)")
    ]
    assert [(one.event, one.actor) for one in desk.worklog(TICKET_ID)] == [
        ("opened", "ann"),
        ("assigned", "sickbay"),
    ]


def test_nobody_qualified_says_so_and_asks_the_next_tier(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, TEAM.replace("{database: 4}", "{linux: 4}"))
    ticket = put(desk, title="database down")

    assert (ticket.tier, ticket.queue, ticket.assignee) == ("L3", "experts", "emil")
    assert "L2: nobody qualified, missing skill: cleo lacks database 2" in ticket.routing_reason
    assert [one.tier for one in rankings(desk)] == ["L2", "L3"]
    assert ticket.tier_raises == 0


def test_nobody_qualified_anywhere_waits_unassigned_and_says_why(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, TEAM.replace("database: 4", "linux: 4").replace("database: 5", ""))
    ticket = put(desk, title="database down")

    assert (ticket.tier, ticket.queue, ticket.assignee) == ("L2", "databases", "")
    assert ticket.status is TicketStatus.NEW
    assert "nobody is qualified, it waits unassigned (L2: nobody" in ticket.routing_reason


def test_without_technicians_the_rule_alone_is_the_reason(tmp_path: Path) -> None:
    ticket = put(a_desk(tmp_path, ""))

    assert (ticket.tier, ticket.assignee) == ("L1", "")
    assert ticket.routing_reason == "routing rule: first contact"


def test_a_tier_that_takes_from_its_queue_gets_it_unassigned(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, f"{TEAM}\ntiers: [{{id: L1, assign: queue}}]")
    ticket = put(desk)

    assert (ticket.tier, ticket.assignee) == ("L1", "")
    assert "waits in the queue; best of 2 who can have it is ann" in ticket.routing_reason


def test_load_of_tickets_counts(desk: FakeDesk) -> None:
    """Of two who are alike the one with fewer tickets gets the next."""
    found = [
        put(desk, ticket_id=TicketId(f"t{number}"), category="other").assignee
        for number in range(4)
    ]

    assert found == ["ann", "ben", "ann", "ben"]


def test_who_is_absent_or_full_is_not_asked(tmp_path: Path) -> None:
    away = "absences: [{from: 2026-03-01, until: 2026-03-03, reason: leave}]"
    desk = a_desk(
        tmp_path,
        TEAM.replace("login: ann,", f"login: ann, {away},").replace(
            "capacity: 5, skills: {access: 3}", "capacity: 0"
        ),
    )
    ticket = put(desk)
    first, second = rankings(desk)

    assert (ticket.tier, ticket.assignee) == ("L2", "cleo")
    assert [one.text for one in first.ranking.refusals] == [
        "absent: leave until 2026-03-04 00:00 UTC",
        "full: 0 open of 0",
    ]
    assert second.candidates == 2


def test_the_requester_counts(desk: FakeDesk) -> None:
    """Her language, and her site where the ticket has none."""
    desk.database.data.people[PersonId("p1")] = Person(
        person_id=PersonId("p1"), name="Eva", language="de-AT", site="main"
    )
    ticket = put(desk, requester="p1", category="other")
    (record,) = rankings(desk)
    texts = {factor.name: factor.text for factor in record.ranking.candidates[0].factors}

    assert ticket.assignee == "ann"
    assert (texts[FactorName.LANGUAGE], texts[FactorName.SITE]) == (
        "speaks de",
        "works for every site",
    )


def test_a_request_goes_where_its_service_says(desk: FakeDesk) -> None:
    ticket = put(desk, kind=TicketKind.REQUEST, service="other-software", title="a SQL editor")

    assert (ticket.tier, ticket.queue) == ("L2", "specialists")
    assert ticket.routing_reason.startswith("routing rule: as the service says")


def test_an_alert_goes_where_its_rule_says_and_is_told_once_for_each_write(desk: FakeDesk) -> None:
    rule = a_rule(tier="L2", queue="hardware")
    with desk.open() as uow:
        events = apply_alert_changes(
            uow, a_device(), [a_change(ChangeKind.OPENED, rule=rule)], now=NOW, new_id=desk.new_id
        )
        uow.commit()

    assert [event.kind for event in events] == ["opened", "assigned"]
    assert (desk.ticket.tier, desk.ticket.queue) == ("L2", "hardware")
    assert desk.ticket.routing_reason.startswith("routing rule: as the alert rule says; L2: ")
    assert events[-1].after == desk.ticket


def test_only_the_best_of_a_long_ranking_stay_on_the_ticket(tmp_path: Path) -> None:
    many = [f"- {{login: t{number:02}, tiers: [L1]}}" for number in range(40)]
    full = [f"- {{login: u{number:02}, tiers: [L1], capacity: 0}}" for number in range(40)]
    desk = a_desk(tmp_path, "\n".join(["technicians:", *many, *full]))
    put(desk)
    (record,) = rankings(desk)

    assert (record.candidates, record.refused) == (40, 40)
    assert len(record.ranking.candidates) == KEPT_CANDIDATES
    assert len(record.ranking.refusals) == KEPT_REFUSALS


def test_escalating_names_what_is_missing_and_takes_the_worklog_along(desk: FakeDesk) -> None:
    ticket = put(desk)
    events = escalate_ticket(
        desk.open, an_act(ticket), missing=Missing.ACCESS, reason="needs the server room"
    )
    after = desk.ticket
    entry = desk.worklog(TICKET_ID)[-2]

    assert (after.tier, after.queue, after.assignee) == ("L2", "specialists", "cleo")
    assert (after.tier_raises, after.tier_since) == (1, NOW + HOUR)
    assert [event.kind for event in events] == ["escalated", "assigned"]
    assert entry.text.startswith(
        "Escalated from L1 to L2. Missing: access. needs the server room."
        " The whole worklog goes along, 2 entries."
    )
    assert (entry.actor, entry.before["tier"], entry.after["tier"]) == ("ann", "L1", "L2")
    assert rankings(desk)[-1].cause is RoutingCause.ESCALATED
    assert len(desk.worklog(TICKET_ID)) == 4


def test_sla_clocks_go_on_through_an_escalation(desk: FakeDesk) -> None:
    ticket = put(desk)
    before = [one for one in desk.database.data.ledger if one.target is SlaTarget.RESOLUTION]
    escalate_ticket(desk.open, an_act(ticket), missing=Missing.TIME, reason="busy")
    after = [one for one in desk.database.data.ledger if one.target is SlaTarget.RESOLUTION]

    assert [one.kind for one in before] == [SlaEventKind.START]
    assert after == before


def test_who_handed_it_on_does_not_get_it_again(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, "technicians: [{login: ann, tiers: [L1, L2]}]")
    ticket = put(desk)
    escalate_ticket(desk.open, an_act(ticket), missing=Missing.SKILL, reason="no idea")

    assert (desk.ticket.tier, desk.ticket.assignee) == ("L2", "")
    assert desk.ticket.status is TicketStatus.NEW
    assert "nobody is qualified" in desk.ticket.routing_reason
    assert rankings(desk)[1].ranking.refusals[0].text == "handed it on"


def test_required_skills_hold_in_the_next_tier(tmp_path: Path) -> None:
    """By the level that the rule asks for."""
    desk = a_desk(tmp_path, TEAM.replace("{database: 5}", "{database: 1}"))
    ticket = put(desk, title="database")
    escalate_ticket(desk.open, an_act(ticket), missing=Missing.SKILL, reason="no idea")

    assert (desk.ticket.tier, desk.ticket.assignee) == ("L3", "")
    assert rankings(desk)[-1].ranking.refusals[0].text == "lacks database 2 (has 1)"


@pytest.mark.parametrize("tier", ["L3", "SEC", "GONE"])
def test_the_last_tier_has_nowhere_to_go(desk: FakeDesk, tier: str) -> None:
    ticket = a_ticket(tier=tier)
    desk.put(ticket)

    with pytest.raises(ConflictError, match=f"tier {tier} has no next one"):
        escalate_ticket(desk.open, an_act(ticket), missing=Missing.SKILL, reason="x")


def test_what_cannot_be_escalated(desk: FakeDesk) -> None:
    ticket = put(desk)
    act = an_act(ticket)
    stale, gone = replace(act, expected_version=1), replace(act, ticket_id=TicketId("gone"))

    with pytest.raises(InvalidError, match="reason is empty"):
        escalate_ticket(desk.open, act, missing=Missing.SKILL, reason=" ")
    with pytest.raises(ConflictError, match="read it again"):
        escalate_ticket(desk.open, stale, missing=Missing.SKILL, reason="x")
    with pytest.raises(NotFoundError, match="no ticket 'gone'"):
        escalate_ticket(desk.open, gone, missing=Missing.SKILL, reason="x")
    desk.put(replace(ticket, status=TicketStatus.RESOLVED, resolved_at=NOW))
    with pytest.raises(ConflictError, match="resolved cannot be changed by hand_on"):
        escalate_ticket(desk.open, act, missing=Missing.SKILL, reason="x")


def test_rerouting_goes_by_what_is_known_by_now(desk: FakeDesk) -> None:
    ticket = put(desk, category="other")
    desk.put(replace(ticket, category="network"))
    events = reroute_ticket(desk.open, an_act(ticket), reason="it is the VPN")

    assert [event.kind for event in events] == ["rerouted", "assigned"]
    assert (desk.ticket.tier, desk.ticket.queue, desk.ticket.assignee) == ("L2", "network", "cleo")
    assert (desk.ticket.tier_since, desk.ticket.tier_raises) == (NOW + HOUR, 0)
    assert "Routed anew: it is the VPN. routing rule: network" in desk.worklog(TICKET_ID)[-2].text


def test_rerouting_to_the_same_technician_takes_nothing_out_of_hand(desk: FakeDesk) -> None:
    ticket = put(desk)
    working = technician.take(desk.open, an_act(ticket, user=ticket.assignee))
    (event,) = reroute_ticket(desk.open, an_act(working), reason="try again")

    assert (event.kind, desk.ticket.status) == ("rerouted", TicketStatus.IN_PROGRESS)
    assert desk.ticket.assignee == ticket.assignee
    assert [one.cause for one in rankings(desk)] == [RoutingCause.OPENED, RoutingCause.REROUTED]


def test_the_time_of_a_tier_ends_in_the_next(desk: FakeDesk) -> None:
    """Two hours in business time: from nine to eleven."""
    put(desk)

    assert due(desk) == NOW + 2 * HOUR
    assert (run(desk, NOW + 2 * HOUR - timedelta(seconds=1)), run(desk, NOW + 2 * HOUR)) == (0, 1)
    assert (desk.ticket.tier, desk.ticket.tier_raises) == ("L2", 1)
    entry = desk.worklog(TICKET_ID)[-2]
    assert (entry.actor, entry.event) == ("sickbay", "escalated")
    assert "Missing: time. The 2h of tier L1 are used" in entry.text
    # Eight hours more: until 17:00 are six, the other two are tomorrow's.
    assert due(desk) == NOW + timedelta(days=1) + HOUR


def test_the_third_tier_has_no_limit(desk: FakeDesk) -> None:
    put(desk)
    run(desk, NOW + timedelta(days=1))
    run(desk, NOW + timedelta(days=3))

    assert (desk.ticket.tier, desk.ticket.tier_raises, due(desk)) == ("L3", 2, None)
    assert run(desk, NOW + timedelta(days=300)) == 0


def test_waiting_stops_the_time_of_a_tier(desk: FakeDesk) -> None:
    put(desk)
    taken = technician.take(desk.open, an_act(desk.ticket, at=NOW + HOUR))
    waits = technician.wait(
        desk.open,
        an_act(taken, at=NOW + HOUR),
        TicketAction.WAIT_FOR_USER,
        reason="asked",
    )
    between = due(desk)
    technician.take(desk.open, an_act(waits, at=NOW + 3 * HOUR))

    assert between is None
    assert due(desk) == NOW + 4 * HOUR


def test_a_resolution_takes_the_timer_away(desk: FakeDesk) -> None:
    technician.resolve(desk.open, an_act(put(desk)), resolution="done")

    assert due(desk) is None


def test_a_note_or_a_new_assignee_leaves_the_timer_as_it_is(desk: FakeDesk) -> None:
    put(desk)
    technician.assign(desk.open, an_act(desk.ticket), assignee="ben")

    assert due(desk) == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param("4h", NOW + 4 * HOUR, id="longer"),
        pytest.param("none", None, id="gone"),
    ],
)
def test_a_limit_that_changed_meanwhile_counts(
    tmp_path: Path, limit: str, expected: datetime | None
) -> None:
    desk = a_desk(tmp_path)
    put(desk)
    desk.database.book = a_desk(
        tmp_path, f"{TEAM}\ntiers: [{{id: L1, time_limit: {limit}}}]"
    ).database.book
    run(desk, NOW + 2 * HOUR)

    assert (desk.ticket.tier, due(desk)) == ("L1", expected)


def test_too_many_reassignments_in_a_tier_go_up(desk: FakeDesk) -> None:
    """The third goes up at once; those of the tier before do not count in the next."""
    put(desk, category="other")
    for number, login in enumerate(("ben", "ann", "ben")):
        at = NOW + number * timedelta(minutes=1)
        assert run(desk, at) == 0
        technician.assign(desk.open, an_act(desk.ticket, at=at), assignee=login)
    last = NOW + timedelta(minutes=2)

    assert (due(desk, TIER_REASSIGNED), run(desk, last)) == (last, 1)
    assert (desk.ticket.tier, desk.ticket.reassignments) == ("L2", 3)
    assert "Missing: skill. Reassigned 3 times in tier L1" in desk.worklog(TICKET_ID)[-2].text
    technician.assign(desk.open, an_act(desk.ticket), assignee="dora")
    assert due(desk, TIER_REASSIGNED) is None


def test_timers_of_tickets_that_are_gone_or_done_do_nothing(desk: FakeDesk) -> None:
    ticket = put(desk)
    desk.put(replace(ticket, status=TicketStatus.CLOSED))
    with desk.open() as uow:
        for kind in (TIER_LIMIT, TIER_REASSIGNED):
            uow.timers.set(kind, TICKET_ID, NOW)
            uow.timers.set(kind, "gone", NOW)
        uow.commit()

    assert (run(desk, NOW), desk.ticket.tier) == (4, "L1")
