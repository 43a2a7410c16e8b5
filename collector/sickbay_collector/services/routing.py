"""Brings a ticket to a tier, a queue and a technician, and keeps why it was that one.

Works inside the caller's unit of work and never commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind
from sickbay_collector.core.desk.placing import Attempt, Placement, TierStep
from sickbay_collector.core.desk.placing import place as place_in_tiers
from sickbay_collector.core.desk.ranking import EXPLAINED, Missing, Ranking
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.desk.transitions import ActorKind
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing_ports import RankingRecord, RoutingCause
from sickbay_collector.services.routing_staff import (
    Asked,
    Staff,
    decide_route,
    need_of,
    requester_of,
)
from sickbay_collector.services.ticket_writes import insert_ticket, log_on_ticket, write_ticket

__all__ = ["Asked", "Placed", "escalate", "open_ticket", "place", "reroute", "route_again"]

KEPT_CANDIDATES = EXPLAINED
KEPT_REFUSALS = 20
"""How much of a ranking stays on a ticket; the counts tell how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A ticket with its place, and what led there."""

    ticket: Ticket
    """With tier, queue, required skills and reason; not assigned yet."""
    assignee: str
    """Who gets it; "" where it waits in its queue."""
    assign_reason: str
    records: tuple[RankingRecord, ...]


def place(uow: UnitOfWork, draft: Ticket, now: datetime, *, asked: Asked | None = None) -> Placed:
    """Return a ticket that is not stored yet with its place.

    Args:
        uow: The unit of work that will store it.
        draft: The ticket; tier, queue and reason do not matter.
        now: The present time.
        asked: Where its alert rule would send it; None for what its service says, if anything.

    Raises:
        InvalidError: Its category is unknown.
    """
    person = requester_of(uow, draft)
    decision = decide_route(uow, draft, person, asked)
    tiers = _tiers(uow)
    first = replace(
        tiers.get(decision.tier) or TierStep(tier=decision.tier, queue=decision.queue),
        queue=decision.queue,
    )
    need = need_of(uow, draft, person, decision.skills, now)
    staff = Staff(uow=uow, ticket=draft, now=now)
    placement = place_in_tiers(first, tiers, need, staff.of_tier)
    was_asked = any(one.ranking.candidates or one.ranking.refusals for one in placement.attempts)
    reason = f"{decision.reason}; {placement.reason}" if was_asked else decision.reason
    ticket = replace(
        draft,
        tier=placement.tier,
        queue=placement.queue,
        required_skills=tuple(decision.skills),
        routing_reason=reason,
    )
    return _placed(ticket, placement, RoutingCause.OPENED, decision.rule, now)


def open_ticket(
    uow: UnitOfWork,
    draft: Ticket,
    *,
    actor: str,
    text: str,
    visibility: Visibility = Visibility.INTERNAL,
    asked: Asked | None = None,
) -> tuple[TicketEvent, ...]:
    """Open a ticket in its place: one event, and another where it is assigned at once.

    No events when the device has a ticket of that family open already.

    Raises:
        InvalidError: Its category is unknown.
    """
    placed = place(uow, draft, draft.opened_at, asked=asked)
    opened = insert_ticket(uow, placed.ticket, actor=actor, text=text, visibility=visibility)
    if opened is None:
        return ()
    return (opened, *_settle(uow, opened.after, placed, draft.opened_at))


def escalate(
    uow: UnitOfWork,
    ticket: Ticket,
    missing: Missing,
    by: str,
    reason: str,
    now: datetime,
) -> tuple[TicketEvent, ...]:
    """Hand a ticket to the next tier, with all that was written so far.

    It is assigned there at once where somebody is qualified, and waits in the tier's queue where
    nobody is. Its SLA clocks go on.

    Args:
        uow: The caller's.
        ticket: As it is stored.
        missing: What its tier lacked.
        by: Login name, or `ENGINE`.
        reason: In words.
        now: The present time.

    Raises:
        ConflictError: Its status forbids it, its tier is the last, or somebody wrote it meanwhile.
    """
    placement = _placement_above(uow, ticket, now)
    said = f"escalated from {ticket.tier}, which lacked {missing}"
    after = replace(
        changes.handed_on(ticket, actor=_kind(by)),
        tier=placement.tier,
        queue=placement.queue,
        tier_since=now,
        tier_raises=ticket.tier_raises + 1,
        routing_reason=f"{said}; {placement.reason}",
    )
    entries = len(uow.tickets.worklog(ticket.ticket_id))
    event = write_ticket(
        uow,
        ticket,
        after,
        kind=TicketEventKind.ESCALATED,
        actor=by,
        text=f"Escalated from {ticket.tier} to {placement.tier}. Missing: {missing}. {reason}."
        f" The whole worklog goes along, {entries} entries. {placement.reason}",
        at=now,
    )
    placed = _placed(event.after, placement, RoutingCause.ESCALATED, "", now)
    return (event, *_settle(uow, event.after, placed, now))


def _placement_above(uow: UnitOfWork, ticket: Ticket, now: datetime) -> Placement:
    """Return the ticket's place in the tier behind its own; whoever has it gets it not again."""
    tiers = _tiers(uow)
    here = tiers.get(ticket.tier)
    following = tiers.get(here.next_tier) if here else None
    if following is None:
        raise ConflictError(
            "ticket %(number)s cannot be escalated: tier %(tier)s has no next one",
            number=ticket.number,
            tier=ticket.tier,
        )
    person = requester_of(uow, ticket)
    need = need_of(uow, ticket, person, _required(uow, ticket), now)
    barred = {ticket.assignee: "handed it on"} if ticket.assignee else {}
    staff = Staff(uow=uow, ticket=ticket, now=now, barred=barred)
    return place_in_tiers(following, tiers, need, staff.of_tier)


def reroute(
    uow: UnitOfWork, ticket: Ticket, by: str, reason: str, now: datetime
) -> tuple[TicketEvent, ...]:
    """Route a ticket anew, by the rules in force and what is known of it by now.

    A ticket from an alert counts as asking for the tier and queue where it is.

    Raises:
        ConflictError: Its status forbids it, or somebody wrote it meanwhile.
        InvalidError: Its category is unknown.
    """
    return _moved(uow, ticket, _place_anew(uow, ticket, now), by, reason, now)


def route_again(uow: UnitOfWork, ticket: Ticket, now: datetime) -> tuple[TicketEvent, ...]:
    """Give a ticket that nobody has to whoever can have it by now; nothing where nobody can.

    One that was handed up stays in its tier, or goes on from there; others are routed by the rules
    in force.

    Raises:
        ConflictError: Its status forbids it, or somebody wrote it meanwhile.
        InvalidError: Its category is unknown, or no rule fits it any more.
    """
    anew = _place_from_here if ticket.tier_raises else _place_anew
    placed = anew(uow, ticket, now)
    if not placed.assignee:
        return ()
    return _moved(uow, ticket, placed, ENGINE, "somebody can have it now", now)


def _place_anew(uow: UnitOfWork, ticket: Ticket, now: datetime) -> Placed:
    """Place a stored ticket by the rules in force."""
    asked = Asked(tier=ticket.tier, queue=ticket.queue) if ticket.family is not None else None
    placed = place(uow, ticket, now, asked=asked)
    records = tuple(replace(one, cause=RoutingCause.REROUTED) for one in placed.records)
    return replace(placed, records=records)


def _place_from_here(uow: UnitOfWork, ticket: Ticket, now: datetime) -> Placed:
    """Place a stored ticket in its tier or one behind it; who handed it up is not asked again."""
    tiers = _tiers(uow)
    here = tiers.get(ticket.tier) or TierStep(tier=ticket.tier, queue=ticket.queue)
    person, skills = requester_of(uow, ticket), _required(uow, ticket)
    barred = {
        entry.before["assignee"]: "handed it on"
        for entry in uow.tickets.worklog(ticket.ticket_id)
        if entry.event == TicketEventKind.ESCALATED and entry.before.get("assignee")
    }
    placement = place_in_tiers(
        replace(here, queue=ticket.queue),
        tiers,
        need_of(uow, ticket, person, skills, now),
        Staff(uow=uow, ticket=ticket, now=now, barred=barred).of_tier,
    )
    placed = replace(
        ticket,
        tier=placement.tier,
        queue=placement.queue,
        routing_reason=placement.reason,
    )
    return _placed(placed, placement, RoutingCause.REROUTED, "", now)


def _moved(
    uow: UnitOfWork, ticket: Ticket, placed: Placed, by: str, reason: str, now: datetime
) -> tuple[TicketEvent, ...]:
    """Bring a stored ticket to its new place."""
    after = changes.handed_on(placed.ticket, actor=_kind(by))
    if after.tier != ticket.tier:
        after = replace(after, tier_since=now)
    text = f"Routed anew: {reason}. {placed.ticket.routing_reason}"
    if ticket.assignee and (after.tier, placed.assignee) == (ticket.tier, ticket.assignee):
        stays = replace(ticket, queue=after.queue, routing_reason=after.routing_reason)
        for record in placed.records:
            uow.routing.add(record)
        return (_said(uow, ticket, stays, by, text, now),)
    event = _said(uow, ticket, after, by, text, now)
    return (event, *_settle(uow, event.after, placed, now))


def _said(
    uow: UnitOfWork, before: Ticket, after: Ticket, by: str, text: str, now: datetime
) -> TicketEvent:
    kind = TicketEventKind.REROUTED
    if after == before:
        return log_on_ticket(uow, before, kind=kind, actor=by, text=text, at=now)
    return write_ticket(uow, before, after, kind=kind, actor=by, text=text, at=now)


def _settle(
    uow: UnitOfWork, stored: Ticket, placed: Placed, now: datetime
) -> tuple[TicketEvent, ...]:
    """Keep the rankings of a stored ticket, and give it to who was found."""
    for record in placed.records:
        uow.routing.add(record)
    if not placed.assignee:
        return ()
    after = changes.assigned(stored, assignee=placed.assignee, at=now, actor=ActorKind.ENGINE)
    return (
        write_ticket(
            uow,
            stored,
            after,
            kind=TicketEventKind.ASSIGNED,
            actor=ENGINE,
            text=f"Assigned to {placed.assignee}: {placed.assign_reason}",
            at=now,
        ),
    )


def _tiers(uow: UnitOfWork) -> Mapping[str, TierStep]:
    return {
        spec.id: TierStep(tier=spec.id, queue=spec.queue, next_tier=spec.next, assign=spec.assign)
        for spec in uow.book.tiers.values()
    }


def _required(uow: UnitOfWork, ticket: Ticket) -> Mapping[str, int]:
    """Return the levels of the skills that the ticket asks for, by the rule that asked for them.

    1 where no rule asks any more.
    """
    for rule in uow.book.routing:
        if rule.skills and tuple(rule.skills) == ticket.required_skills:
            return rule.skills
    return dict.fromkeys(ticket.required_skills, 1)


def _placed(
    ticket: Ticket, placement: Placement, cause: RoutingCause, rule: str, now: datetime
) -> Placed:
    return Placed(
        ticket=ticket,
        assignee=placement.assignee,
        assign_reason=placement.attempts[-1].text,
        records=tuple(_record(ticket, one, cause, rule, now) for one in placement.attempts),
    )


def _record(
    ticket: Ticket, attempt: Attempt, cause: RoutingCause, rule: str, now: datetime
) -> RankingRecord:
    ranking = attempt.ranking
    return RankingRecord(
        ticket_id=ticket.ticket_id,
        at=now,
        cause=cause,
        tier=attempt.tier,
        queue=attempt.queue,
        rule=rule,
        text=attempt.text,
        candidates=len(ranking.candidates),
        refused=len(ranking.refusals),
        ranking=Ranking(
            candidates=ranking.candidates[:KEPT_CANDIDATES],
            refusals=ranking.refusals[:KEPT_REFUSALS],
        ),
    )


def _kind(by: str) -> ActorKind:
    return ActorKind.ENGINE if by == ENGINE else ActorKind.PERSON
