"""Raises problems from incidents that recur, and keeps what people do about them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.audit import AuditEvent, audit_text
from sickbay_collector.core.audit_chain import AuditEntry
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.problem import (
    DEVICES,
    TIMES,
    WITHIN,
    Failure,
    Problem,
    ProblemAction,
    ProblemState,
    Reliability,
    acted,
    again,
    common_factor,
    recurred,
    reliability,
)
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut, name_of, said_of
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_lookups import Relative, relatives
from sickbay_collector.services.ticket_writes import write_ticket

_HISTORY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDetail:
    """A problem with its incidents, and how often they come."""

    problem: Problem
    incidents: tuple[Failure, ...]
    reliability: Reliability
    parent: Relative | None
    """The ticket that stands for those of all devices; None where incidents recur."""
    children: tuple[Relative, ...]
    """The tickets of its devices, by number; the first thousand."""
    history: tuple[AuditEntry, ...]
    """What people and the engine did to it, newest first; the newest 50."""


def raise_problems(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Raise the problems that a device's incident completes, and link the incidents.

    Raises:
        ConflictError: Another collector wrote one of the tickets at the same time.
    """
    del due_at
    device, _, family = key.partition("|")
    device_id = DeviceId(device)
    failures = uow.problems.failures(family, since=now - WITHIN)
    _of_device(uow, device_id, family, failures, now)
    affected = {one.device_id for one in failures}
    if len(affected) >= DEVICES:
        _of_factor(uow, family, failures, affected, now)


def act_on_problem(
    open_uow: OpenUnitOfWork,
    number: int,
    action: ProblemAction,
    *,
    user: str,
    now: datetime,
    text: str = "",
) -> Problem:
    """Do something about a problem.

    Raises:
        NotFoundError: There is none of that number.
        ConflictError: Its state forbids it.
        InvalidError: A text that is needed is empty or too long, or the login name malformed.
    """
    login = checked_login("user", user)
    with open_uow() as uow:
        before = find_problem(uow, number, hold=True)
        after = acted(before, action, text, user=login, now=now)
        uow.problems.save(after)
        uow.audit.add(_event(action.value, before, after, by=login, now=now))
        uow.commit()
    return after


def find_problem(uow: UnitOfWork, number: int, *, hold: bool = False) -> Problem:
    """Return the problem of this number.

    Raises:
        NotFoundError: There is none.
    """
    problem = uow.seen.problems.by_number(number, hold=hold)
    if problem is None:
        raise NotFoundError("no problem has the number %(number)s", number=number)
    return problem


def problem_detail(uow: UnitOfWork, number: int, *, now: datetime) -> ProblemDetail:
    """Return a problem with its incidents.

    Raises:
        NotFoundError: There is none of that number.
    """
    problem = find_problem(uow, number)
    incidents = tuple(uow.problems.incidents(problem.problem_id))
    times = [one.at for one in incidents]
    return ProblemDetail(
        problem=problem,
        incidents=incidents,
        reliability=reliability(times, resolved_at=problem.resolved_at, now=now),
        parent=next(iter(relatives(uow, [problem.parent_id] if problem.parent_id else [])), None),
        children=relatives(uow, list(dict.fromkeys(one.ticket_id for one in incidents))),
        history=tuple(
            uow.audit.list(
                AuditFilter(object_kind="problem", object_id=problem.problem_id), limit=_HISTORY
            )
        ),
    )


def _of_device(
    uow: UnitOfWork,
    device_id: DeviceId,
    family: str,
    failures: Sequence[Failure],
    now: datetime,
) -> None:
    mine = [one for one in failures if one.device_id == device_id]
    device = uow.devices.get(device_id)
    if device is None:
        return
    days = WITHIN // timedelta(days=1)
    draft = problem_draft(
        key=f"device|{device_id}|{family}",
        family=family,
        device_id=device_id,
        title=f'{name_of(device)}: "{_called(uow, mine, family)}" keeps coming back',
        reason=f"{len(mine)} incidents in {days} days; {TIMES} make a problem",
        now=now,
    )
    _raise(uow, draft, mine, lambda since: recurred(since, device_id, now=now))


def _of_factor(
    uow: UnitOfWork,
    family: str,
    failures: Sequence[Failure],
    affected: Collection[DeviceId],
    now: datetime,
) -> None:
    facts = uow.problems.facts()
    factor = common_factor(affected, facts)
    if factor is None:
        return
    sharing = {one for one in affected if facts.get(one, {}).get(factor.name) == factor.value}
    mine = [one for one in failures if one.device_id in sharing]
    draft = problem_draft(
        key=f"factor|{family}|{factor.name}|{factor.value}",
        family=family,
        device_id=None,
        title=f'"{_called(uow, mine, family)}" on {factor.affected} devices'
        f" with {factor.name} {factor.value}",
        reason=factor.words(),
        now=now,
    )

    def is_due(since: Sequence[Failure]) -> bool:
        return len({one.device_id for one in since}) >= DEVICES

    _raise(uow, draft, mine, is_due)


def _called(uow: UnitOfWork, failures: Sequence[Failure], family: str) -> str:
    """Return what people call a family: the rule's title, as its newest ticket has it."""
    newest = max(failures, key=lambda one: one.at, default=None)
    ticket = None if newest is None else uow.tickets.get(newest.ticket_id)
    return family if ticket is None else said_of(ticket.title) or family


def _raise(
    uow: UnitOfWork,
    draft: Problem,
    failures: Sequence[Failure],
    is_due: Callable[[Sequence[Failure]], bool],
) -> None:
    """Raise or go on with the problem of a key; what came before its fix does not count again."""
    last = uow.problems.of_key(draft.key)
    fixed_at = None if last is None else last.resolved_at
    counted = [one for one in failures if fixed_at is None or one.at > fixed_at]
    problem = last
    if last is None or last.state is ProblemState.CLOSED:
        # What is an incident of another problem counts there.
        free = uow.problems.unlinked([one.ticket_id for one in counted])
        counted = [one for one in counted if one.ticket_id in free]
        problem = add_problem(uow, draft) if is_due(counted) else None
    elif last.state is ProblemState.RESOLVED and is_due(counted):
        problem = again(last)
        uow.problems.save(problem)
        audit_problem(uow, "recurred", last, problem, now=draft.raised_at)
    if problem is not None:
        _link(uow, problem, counted, now=draft.raised_at)


def add_problem(uow: UnitOfWork, draft: Problem) -> Problem:
    """Store a new problem, and who raised it."""
    problem = uow.problems.add(draft)
    audit_problem(uow, "raised", None, problem, now=draft.raised_at)
    return problem


def audit_problem(
    uow: UnitOfWork, action: str, before: Problem | None, after: Problem, *, now: datetime
) -> None:
    """Keep what happened to a problem by itself."""
    uow.audit.add(_event(action, before, after, by=ENGINE, now=now))


def _link(uow: UnitOfWork, problem: Problem, failures: Sequence[Failure], *, now: datetime) -> None:
    """Make tickets that belong to no problem incidents of this one."""
    wanted = dict.fromkeys(one.ticket_id for one in failures)
    free = uow.problems.unlinked(list(wanted))
    for ticket_id in [one for one in wanted if one in free]:
        ticket = uow.tickets.get(ticket_id)
        if ticket is not None:
            write_ticket(
                uow,
                ticket,
                replace(ticket, problem_id=problem.problem_id),
                kind=TicketEventKind.PROBLEM,
                actor=ENGINE,
                text=f"An incident of problem {problem.number}: {problem.title}",
                at=now,
            )


def problem_draft(
    *, key: str, family: str, device_id: DeviceId | None, title: str, reason: str, now: datetime
) -> Problem:
    """Return a problem that is not stored yet."""
    return Problem(
        number=0,
        key=key,
        family=family,
        device_id=device_id,
        state=ProblemState.OPEN,
        title=cut(title, TITLE_LIMIT),
        reason=reason,
        owner="",
        workaround="",
        known_error="",
        fix="",
        raised_at=now,
        resolved_at=None,
        closed_at=None,
    )


def _event(
    action: str, before: Problem | None, after: Problem, *, by: str, now: datetime
) -> AuditEvent:
    was = {} if before is None else _plain(before)
    is_ = _plain(after)
    return AuditEvent(
        at=now,
        actor=by,
        action=action,
        object_kind="problem",
        object_id=after.problem_id,
        before={name: value for name, value in was.items() if value != is_[name]},
        after={name: value for name, value in is_.items() if value != was.get(name)},
    )


def _plain(problem: Problem) -> dict[str, str]:
    names = ("state", "title", "reason", "owner", "workaround", "known_error", "fix")
    return {name: audit_text(str(getattr(problem, name))) for name in names}
