"""The desk's ledger of facts in memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.kpi import (
    NOT_CONTACTS,
    Booked,
    FactLine,
    KpiGroup,
    SlaEnds,
    Spent,
    Waiting,
)
from sickbay_collector.core.desk.parts import Cost, CostKind
from sickbay_collector.core.desk.sla import SlaEvent
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.totals import BOUNDS_S, DeskTotals, FactLabels, Spread
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.types import to_micros

_BEGINS = (FactKind.OPENED, FactKind.REOPENED)
_ENDS = (FactKind.RESOLVED, FactKind.CLOSED, FactKind.CANCELLED, FactKind.MERGED)


class FakeDeskLedger:
    def __init__(
        self,
        facts: list[DeskFact],
        tickets: dict[TicketId, Ticket],
        sla: Callable[[], Iterable[SlaEvent]],
        costs: Iterable[Cost],
    ) -> None:
        self._facts = facts
        self._tickets = tickets
        self._sla = sla
        self._costs = costs

    def append(self, facts: Sequence[DeskFact]) -> None:
        self._facts.extend(facts)

    def lines(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[FactLine]:
        touched = {one.ticket_id for one in self._between(since, until)}
        return [line_of(one, by) for one in self._facts if one.ticket_id in touched]

    def totals(self, since: datetime | None, until: datetime | None) -> DeskTotals:
        found = self._between(since, until)
        spreads: dict[tuple[FactKind, str], Spread] = {}
        for fact in found:
            if fact.kind in BOUNDS_S and fact.elapsed_s is not None:
                one, key = _spread(fact.kind, fact.elapsed_s), (fact.kind, fact.priority.value)
                spreads[key] = spreads[key].plus(one) if key in spreads else one
        return DeskTotals(counts=dict(Counter(_labels(fact) for fact in found)), spreads=spreads)

    def sla_ends(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[SlaEnds]:
        found = Counter(
            (_group(self._tickets[one.ticket_id], by), one.target, one.outcome)
            for one in self._sla()
            if one.outcome is not None and since <= one.at < until
        )
        return [
            SlaEnds(group=group, target=target, outcome=outcome, count=count)
            for (group, target, outcome), count in found.items()
        ]

    def spent(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[Spent]:
        found: dict[tuple[str, str], Spent] = {}
        for cost in self._costs:
            if since <= cost.at < until:
                key = (_group(self._tickets[cost.ticket_id], by), cost.currency)
                before = found.get(key)
                found[key] = Spent(
                    group=key[0],
                    currency=key[1],
                    minutes=_minutes(cost) + (before.minutes if before else 0),
                    cents=cost.amount_cents + (before.cents if before else 0),
                )
        return list(found.values())

    def booked(self) -> Sequence[Booked]:
        costs = list(self._costs)
        return [
            Booked(
                currency=currency,
                minutes=sum(_minutes(one) for one in costs if one.currency == currency),
                cents=sum(one.amount_cents for one in costs if one.currency == currency),
            )
            for currency in sorted({one.currency for one in costs})
        ]

    def waiting(self, until: datetime, by: KpiGroup) -> Sequence[Waiting]:
        last = {
            fact.ticket_id: fact.kind
            for fact in self._between(None, until)
            if fact.kind in _BEGINS + _ENDS
        }
        tickets = [self._tickets[one] for one, kind in last.items() if kind in _BEGINS]
        return [Waiting(group=_group(one, by), opened_at=one.opened_at) for one in tickets]

    def _between(self, since: datetime | None, until: datetime | None) -> list[DeskFact]:
        return [
            fact
            for fact in self._facts
            if (since is None or fact.at >= since) and (until is None or fact.at < until)
        ]


def _minutes(cost: Cost) -> int:
    return cost.quantity if cost.kind is CostKind.TIME else 0


def _spread(kind: FactKind, elapsed_s: float) -> Spread:
    bounds = BOUNDS_S[kind]
    place = next((one for one, bound in enumerate(bounds) if elapsed_s <= bound), len(bounds))
    counts = tuple(int(one == place) for one in range(len(bounds) + 1))
    return Spread(counts=counts, total_s=elapsed_s)


def _labels(fact: DeskFact) -> FactLabels:
    return FactLabels(
        kind=fact.kind,
        priority=fact.priority.value,
        tier=fact.tier,
        category=fact.category,
        is_automatic=fact.is_automatic,
    )


def line_of(fact: DeskFact, by: KpiGroup) -> FactLine:
    return FactLine(
        ticket_id=fact.ticket_id,
        kind=fact.kind.value,
        at_us=to_micros(fact.at),
        actor=fact.actor,
        is_contact=fact.source not in NOT_CONTACTS,
        group="" if by is KpiGroup.NONE else str(getattr(fact, by.value)),
        elapsed_s=fact.elapsed_s,
        sla_s=fact.sla_s,
    )


def _group(ticket: Ticket, by: KpiGroup) -> str:
    if by is KpiGroup.NONE:
        return ""
    return str(getattr(ticket, "assignee" if by is KpiGroup.TECHNICIAN else by.value))
