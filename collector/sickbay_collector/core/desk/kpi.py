"""Key figures of the desk, added up from the ledger of facts.

The same adding up serves the report of a period and the counters of Prometheus, so the two agree.
Definitions stand beside each field of `Kpi`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import fmean, median
from typing import NamedTuple

from sickbay_collector.core.desk.events import ENGINE
from sickbay_collector.core.desk.fact import FactKind
from sickbay_collector.core.desk.sla import SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import TicketSource
from sickbay_collector.core.ids import TicketId

RELAPSE = timedelta(days=7)
"""A contact that comes back within this time was not solved at first."""

NOT_CONTACTS = frozenset({TicketSource.ALERT, TicketSource.ALERTMANAGER})
"""Sources of tickets that no person brought."""
_HANDED = frozenset({FactKind.REASSIGNED.value, FactKind.ESCALATED.value})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RELAPSE_US = RELAPSE // _MICROSECOND


class KpiGroup(StrEnum):
    """What figures can be told apart by."""

    NONE = "none"
    TIER = "tier"
    CATEGORY = "category"
    SITE = "site"
    TECHNICIAN = "technician"
    PRIORITY = "priority"
    SOURCE = "source"


class FactLine(NamedTuple):
    """A fact as figures are added up from it.

    As it is stored: of the hundreds of thousands of a year, whole facts take longer to make than
    all figures take to add up.
    """

    ticket_id: TicketId
    kind: str
    """One of `FactKind`."""
    at_us: int
    """Microseconds since 1970."""
    actor: str
    is_contact: bool
    """Whether a person brought the ticket, not a program."""
    group: str
    elapsed_s: float | None
    sla_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaEnds:
    """How many clocks of a group ended so."""

    group: str
    target: SlaTarget
    outcome: SlaState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was booked on the tickets of a group."""

    group: str
    minutes: int
    """Of work; 0 for parts."""
    cents: int
    currency: str
    """Code of ISO 4217."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """All that was ever booked in a currency."""

    currency: str
    minutes: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A ticket that waits for somebody at the end of the period."""

    group: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The figures of one group. None where there is nothing to divide by."""

    group: str
    opened: int
    acknowledged: int
    resolved: int
    """Resolutions; one that was reopened and resolved again counts twice."""
    auto_resolved: int
    """Of these, those that nobody resolved by hand."""
    auto_resolved_ratio: float | None
    reopened: int
    reopen_ratio: float | None
    """Reopenings to resolutions."""
    escalated: int
    """Tickets that a higher tier got, each once."""
    closed: int
    escalation_ratio: float | None
    """Tickets that a higher tier got to closed ones."""
    acknowledge_mean_s: float | None
    acknowledge_median_s: float | None
    resolve_mean_s: float | None
    resolve_median_s: float | None
    resolve_sla_mean_s: float | None
    """In the working time of their targets; tickets without one left out."""
    resolve_sla_median_s: float | None
    response_kept_ratio: float | None
    """Response targets that were met, to those that ended met or breached."""
    resolution_kept_ratio: float | None
    first_contact_ratio: float | None
    """Contacts that who took them resolved without handing over, and that did not come back within
    seven days, to contacts that were resolved."""
    backlog: int
    """Tickets that wait for somebody at the end of the period."""
    backlog_age_median_s: float | None
    backlog_oldest_s: float | None
    work_minutes: int
    """Of work that was booked in the period."""
    cost_cents: Mapping[str, int]
    """What that work and the parts cost, by currency."""
    cost_per_ticket_cents: Mapping[str, int]
    """The same to each resolution, rounded; empty where nothing was resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What figures are added up from, each with its group; "" where nothing is told apart."""

    facts: Iterable[FactLine]
    """In the order of writing, of a period and the seven days after it."""
    sla_ends: Iterable[SlaEnds]
    spent: Iterable[Spent]
    waiting: Iterable[Waiting]


@dataclass(slots=True, kw_only=True)
class _Sums:
    """What is known of a group so far."""

    counts: dict[str, int] = field(default_factory=dict)
    auto_resolved: int = 0
    escalated: set[TicketId] = field(default_factory=set)
    acknowledge_s: list[float] = field(default_factory=list)
    resolve_s: list[float] = field(default_factory=list)
    resolve_sla_s: list[float] = field(default_factory=list)
    kept: dict[SlaTarget, int] = field(default_factory=dict)
    judged: dict[SlaTarget, int] = field(default_factory=dict)
    contacts: int = 0
    at_first: int = 0
    ages_s: list[float] = field(default_factory=list)
    minutes: int = 0
    cents: dict[str, int] = field(default_factory=dict)


def reckon_kpis(
    ledger: Ledger, *, by: KpiGroup, since: datetime, until: datetime
) -> tuple[Kpi, ...]:
    """Return the figures of a period, a row for each group, by its name.

    A fact counts for whom the ticket belonged to then. Without groups there is one row, also where
    nothing happened.

    Args:
        ledger: What happened.
        by: What to tell apart by.
        since: The period's beginning.
        until: Its end, which is not in it.
    """
    sums: dict[str, _Sums] = {"": _Sums()} if by is KpiGroup.NONE else {}

    def of(group: str) -> _Sums:
        found = sums.get(group)
        if found is None:
            found = sums[group] = _Sums()
        return found

    facts, when = tuple(ledger.facts), range(_micros(since), _micros(until))
    for fact in facts:
        if fact.at_us in when:
            _count(of(fact.group), fact)
    for fact, at_first in _contacts(facts, when):
        found = of(fact.group)
        found.contacts += 1
        found.at_first += at_first
    for end in ledger.sla_ends:
        _judge(of(end.group), end)
    for spent in ledger.spent:
        found = of(spent.group)
        found.minutes += spent.minutes
        found.cents[spent.currency] = found.cents.get(spent.currency, 0) + spent.cents
    for ticket in ledger.waiting:
        of(ticket.group).ages_s.append((until - ticket.opened_at).total_seconds())
    return tuple(_kpi(name, sums[name]) for name in sorted(sums))


def _count(sums: _Sums, fact: FactLine) -> None:
    kind = fact.kind
    sums.counts[kind] = sums.counts.get(kind, 0) + 1
    if kind == FactKind.RESOLVED and fact.elapsed_s is not None:
        sums.auto_resolved += fact.actor == ENGINE
        sums.resolve_s.append(fact.elapsed_s)
        if fact.sla_s is not None:
            sums.resolve_sla_s.append(fact.sla_s)
    elif kind == FactKind.ACKNOWLEDGED and fact.elapsed_s is not None:
        sums.acknowledge_s.append(fact.elapsed_s)
    elif kind == FactKind.ESCALATED:
        sums.escalated.add(fact.ticket_id)


def _contacts(facts: Iterable[FactLine], when: range) -> list[tuple[FactLine, bool]]:
    """Return each resolution of a contact in the period, and whether it was the first contact's."""
    handed: set[TicketId] = set()
    takers: dict[TicketId, str] = {}
    solved: dict[TicketId, list[FactLine]] = {}
    back: dict[TicketId, int] = {}
    for fact in facts:
        if not fact.is_contact:
            continue
        kind = fact.kind
        if kind == FactKind.RESOLVED:
            solved.setdefault(fact.ticket_id, []).append(fact)
        elif kind == FactKind.ACKNOWLEDGED:
            takers.setdefault(fact.ticket_id, fact.actor)
        elif kind == FactKind.REOPENED:
            back.setdefault(fact.ticket_id, fact.at_us)
        elif kind in _HANDED:
            handed.add(fact.ticket_id)
    found = []
    for ticket_id, resolutions in solved.items():
        first = resolutions[0]
        reopened_us = back.get(ticket_id)
        at_first = (
            ticket_id not in handed
            and first.actor != ENGINE
            and takers.get(ticket_id, first.actor) == first.actor
            and (reopened_us is None or reopened_us - first.at_us > _RELAPSE_US)
        )
        found += [(one, at_first and one is first) for one in resolutions if one.at_us in when]
    return found


def _judge(sums: _Sums, end: SlaEnds) -> None:
    if end.outcome is SlaState.CANCELLED:
        return
    sums.judged[end.target] = sums.judged.get(end.target, 0) + end.count
    if end.outcome is SlaState.MET:
        sums.kept[end.target] = sums.kept.get(end.target, 0) + end.count


def _kpi(name: str, sums: _Sums) -> Kpi:
    def count(kind: FactKind) -> int:
        return sums.counts.get(kind, 0)

    resolved, closed = count(FactKind.RESOLVED), count(FactKind.CLOSED)
    return Kpi(
        group=name,
        opened=count(FactKind.OPENED),
        acknowledged=count(FactKind.ACKNOWLEDGED),
        resolved=resolved,
        auto_resolved=sums.auto_resolved,
        auto_resolved_ratio=_ratio(sums.auto_resolved, resolved),
        reopened=count(FactKind.REOPENED),
        reopen_ratio=_ratio(count(FactKind.REOPENED), resolved),
        escalated=len(sums.escalated),
        closed=closed,
        escalation_ratio=_ratio(len(sums.escalated), closed),
        acknowledge_mean_s=_mean(sums.acknowledge_s),
        acknowledge_median_s=_median(sums.acknowledge_s),
        resolve_mean_s=_mean(sums.resolve_s),
        resolve_median_s=_median(sums.resolve_s),
        resolve_sla_mean_s=_mean(sums.resolve_sla_s),
        resolve_sla_median_s=_median(sums.resolve_sla_s),
        response_kept_ratio=_kept(sums, SlaTarget.RESPONSE),
        resolution_kept_ratio=_kept(sums, SlaTarget.RESOLUTION),
        first_contact_ratio=_ratio(sums.at_first, sums.contacts),
        backlog=len(sums.ages_s),
        backlog_age_median_s=_median(sums.ages_s),
        backlog_oldest_s=max(sums.ages_s, default=None),
        work_minutes=sums.minutes,
        cost_cents=dict(sorted(sums.cents.items())),
        cost_per_ticket_cents={
            currency: round(cents / resolved) for currency, cents in sorted(sums.cents.items())
        }
        if resolved
        else {},
    )


def _kept(sums: _Sums, target: SlaTarget) -> float | None:
    return _ratio(sums.kept.get(target, 0), sums.judged.get(target, 0))


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
