"""Makes one problem of what a rule finds on many devices, with one ticket that stands for theirs.

A timer looks for it, outside of the report; what the rule finds later joins as it opens. Works
inside the caller's unit of work and never commits.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk import changes, fleet
from sickbay_collector.core.desk.budget import HEALTH_FAMILY
from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind
from sickbay_collector.core.desk.fleet import FleetAlert, Trip
from sickbay_collector.core.desk.parts import LinkKind, TicketLink
from sickbay_collector.core.desk.problem import Problem, ProblemState, again
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.desk.wording import name_of, said_of
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.fleet_children import FLEET_OVER_TIMER, parent_of
from sickbay_collector.services.fleet_facts import find_trip, having, sharing
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.problems import add_problem, audit_problem, problem_draft
from sickbay_collector.services.routing import Asked, open_ticket
from sickbay_collector.services.ticket_writes import insert_ticket, log_on_ticket, write_ticket
from sickbay_collector.services.timers import TimerHandler

FLEET_TIMER = "correlation"
"""Kind of the timer that looks at a rule across the fleet; its key is `rule|device`.

Timers that are due together run by their kind: this one before "escalation", so that five tickets
of one moment page for their parent only.
"""
LINKED_AT_ONCE = 100
"""Children that one transaction links, so that it never holds the database for long."""


def look_at_fleet(uow: UnitOfWork, rule_id: str, device_id: DeviceId, *, now: datetime) -> None:
    """Let it be looked whether what a rule just found is one problem of the fleet."""
    uow.timers.set(FLEET_TIMER, f"{rule_id}|{device_id}", now)


def problem_to_join(
    uow: UnitOfWork, rule: Rule, device_id: DeviceId, *, now: datetime
) -> tuple[Problem, Ticket] | None:
    """Return the problem that a new finding belongs to, and its parent, held; None for none."""
    problem = uow.problems.of_key(_key(rule.id))
    parent = None if problem is None else parent_of(uow, problem)
    if problem is None or parent is None:
        return None
    return (problem, parent) if sharing(uow, problem, [device_id], now) else None


def open_child(
    uow: UnitOfWork, draft: Ticket, problem: Problem, parent: Ticket, *, text: str
) -> TicketEvent | None:
    """Open a ticket as a child, where its parent is: nobody is paged about it."""
    child = replace(
        draft,
        tier=parent.tier,
        queue=parent.queue,
        routing_reason=f"ticket {parent.number} stands for it",
        problem_id=problem.problem_id,
    )
    opened = insert_ticket(uow, child, actor=ENGINE, text=text)
    if opened is not None:
        _link(uow, opened.after, parent, now=draft.opened_at)
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a look at a rule came to."""

    key: str
    """Of the timer."""
    last: Problem | None
    """The rule's problem before."""
    trip: Trip
    alerts: Sequence[FleetAlert]
    now: datetime

    @property
    def rule_id(self) -> str:
        return self.key.partition("|")[0]


class FleetTimers:
    """Handles the timers of problems of the fleet.

    Args:
        new_id: Makes ids of tickets.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    def handlers(self) -> Mapping[str, TimerHandler]:
        """Return who handles which kind."""
        return {FLEET_TIMER: self._look, FLEET_OVER_TIMER: self._over}

    def _look(self, uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        """Raise the problem of a rule where there is one, and make its tickets children."""
        del due_at
        rule_id = key.partition("|")[0]
        last = uow.problems.of_key(_key(rule_id))
        parent = None if last is None else parent_of(uow, last)
        if last is not None and parent is not None:
            alerts = uow.problems.rule_alerts(rule_id, since=now - fleet.AT_ONCE)
            _adopt(uow, last, parent, _of_problem(uow, last, alerts, now), key, now)
            return
        alerts = _uncounted(uow, uow.problems.rule_alerts(rule_id, since=now - fleet.DAY), last)
        trip = find_trip(uow, rule_id, alerts, now)
        if trip is not None:
            self._raise(uow, _Found(key=key, last=last, trip=trip, alerts=alerts, now=now))

    def _raise(self, uow: UnitOfWork, found: _Found) -> None:
        trip, now = found.trip, found.now
        since = [one for one in found.alerts if one.at >= trip.since]
        ids: Collection[DeviceId] = _devices(since)
        if trip.factor is not None:
            ids = having(uow, trip.factor.name, trip.factor.value, ids, now)
        mine = [one for one in since if one.device_id in ids]
        children = _single(uow, mine)
        if not children:
            return
        names = _names(uow, ids)
        said = said_of(children[0].title) or found.rule_id
        title = fleet.headline(said, len(names), trip.factor)
        problem = _problem(uow, found, title, children[0].family or "")
        draft = fleet.parent_ticket(
            children,
            ticket_id=TicketId(self._new_id()),
            title=title,
            reason=trip.reason,
            names=names,
            problem_id=problem.problem_id,
            now=now,
        )
        spec = uow.book.tiers.get(fleet.PARENT_TIER)
        queue = spec.queue if spec else "experts"
        asked = Asked(tier=fleet.PARENT_TIER, queue=queue, rule_id=found.rule_id)
        text = f"Problem {problem.number}: {trip.reason}"
        parent = open_ticket(uow, draft, actor=ENGINE, text=text, asked=asked)[-1].after
        problem = replace(problem, parent_id=parent.ticket_id)
        uow.problems.save(problem)
        _adopt(uow, problem, parent, mine, found.key, now)

    def _over(self, uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        """Resolve a parent whose children are all over."""
        del due_at
        problem = uow.problems.by_number(int(key), hold=True)
        parent = None if problem is None else parent_of(uow, problem)
        if parent is None or uow.problems.children(key, active=True, limit=1):
            return
        write_ticket(
            uow,
            parent,
            changes.resolved(parent, resolution=changes.AUTOMATIC, at=now),
            kind=TicketEventKind.RESOLVED,
            actor=ENGINE,
            text="All its children are over",
            at=now,
        )


def _key(rule_id: str) -> str:
    return f"fleet|{rule_id}"


def _of_problem(
    uow: UnitOfWork, problem: Problem, alerts: Sequence[FleetAlert], now: datetime
) -> list[FleetAlert]:
    ids = sharing(uow, problem, _devices(alerts), now)
    return [one for one in alerts if one.device_id in ids]


def _uncounted(
    uow: UnitOfWork, alerts: Sequence[FleetAlert], last: Problem | None
) -> list[FleetAlert]:
    """Leave out what the ticket of the problem before stood for: it is over and counted."""
    old = uow.tickets.get(last.parent_id) if last is not None and last.parent_id else None
    ended_at = None if old is None else old.resolved_at or old.closed_at
    return [one for one in alerts if ended_at is None or one.at > ended_at]


def _problem(uow: UnitOfWork, found: _Found, title: str, family: str) -> Problem:
    """Raise the problem of a rule, or go on with the one that is not closed."""
    last, trip, rule_id, now = found.last, found.trip, found.rule_id, found.now
    draft = replace(
        problem_draft(
            key=_key(rule_id),
            family=family,
            device_id=None,
            title=title,
            reason=trip.reason,
            now=now,
        ),
        rule_id=rule_id,
        factor=trip.factor.name if trip.factor else "",
        factor_value=trip.factor.value if trip.factor else "",
    )
    if last is None or last.state is ProblemState.CLOSED:
        return add_problem(uow, draft)
    problem = replace(
        again(last) if last.state is ProblemState.RESOLVED else last,
        title=draft.title,
        reason=draft.reason,
        factor=draft.factor,
        factor_value=draft.factor_value,
    )
    uow.problems.save(problem)
    audit_problem(uow, "recurred", last, problem, now=now)
    return problem


def _single(uow: UnitOfWork, alerts: Sequence[FleetAlert]) -> list[Ticket]:
    """Return the tickets of alerts that no problem has and that wait for somebody.

    A device's shared ticket speaks of more than one rule and stays by itself.
    """
    ids = list(dict.fromkeys(one.ticket_id for one in alerts))
    free = set(uow.problems.unlinked(ids)) if ids else set[TicketId]()
    found = [uow.tickets.get(one) for one in ids if one in free]
    return [
        one
        for one in found
        if one is not None and one.status in ACTIVE and one.family not in {None, HEALTH_FAMILY}
    ]


def _adopt(
    uow: UnitOfWork,
    problem: Problem,
    parent: Ticket,
    alerts: Sequence[FleetAlert],
    key: str,
    now: datetime,
) -> None:
    """Make tickets that stand alone children of a parent; what is left, in the next transaction."""
    children = _single(uow, alerts)
    for child in children[:LINKED_AT_ONCE]:
        written = write_ticket(
            uow,
            child,
            replace(child, problem_id=problem.problem_id),
            kind=TicketEventKind.PROBLEM,
            actor=ENGINE,
            text=f"An incident of problem {problem.number}: ticket {parent.number} stands for it",
            at=now,
        )
        _link(uow, written.after, parent, now=now)
    if len(children) > LINKED_AT_ONCE:
        uow.timers.set(FLEET_TIMER, key, now)


def _link(uow: UnitOfWork, child: Ticket, parent: Ticket, *, now: datetime) -> None:
    link = TicketLink(
        ticket_id=child.ticket_id,
        kind=LinkKind.CHILD_OF,
        other_id=parent.ticket_id,
        added_at=now,
        added_by=ENGINE,
    )
    if uow.ticket_parts.link(link):
        text = f"Ticket {child.number} is a child of this one: {child.title}"
        log_on_ticket(uow, parent, kind=TicketEventKind.LINKED, actor=ENGINE, text=text, at=now)


def _devices(alerts: Sequence[FleetAlert]) -> list[DeviceId]:
    return list(dict.fromkeys(one.device_id for one in alerts))


def _names(uow: UnitOfWork, device_ids: Collection[DeviceId]) -> list[str]:
    found = [uow.devices.get(one) for one in device_ids]
    return [name_of(one) for one in found if one is not None]
