"""The desk's ledger of facts in memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.kpi import Booked, Labels, SlaEnd, Spent, Waiting
from sickbay_collector.core.desk.parts import Cost, CostKind
from sickbay_collector.core.desk.sla import SlaEvent
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.totals import BOUNDS_S, DeskTotals, FactLabels, Spread
from sickbay_collector.core.ids import TicketId

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

    def facts(self, since: datetime, until: datetime) -> Sequence[DeskFact]:
        touched = {one.ticket_id for one in self._between(since, until)}
        return [one for one in self._facts if one.ticket_id in touched]

    def totals(self, since: datetime | None, until: datetime | None) -> DeskTotals:
        found = self._between(since, until)
        spreads: dict[tuple[FactKind, str], Spread] = {}
        for fact in found:
            if fact.kind in BOUNDS_S and fact.elapsed_s is not None:
                one, key = _spread(fact.kind, fact.elapsed_s), (fact.kind, fact.priority.value)
                spreads[key] = spreads[key].plus(one) if key in spreads else one
        return DeskTotals(counts=dict(Counter(_labels(fact) for fact in found)), spreads=spreads)

    def sla_ends(self, since: datetime, until: datetime) -> Sequence[SlaEnd]:
        return [
            SlaEnd(
                ticket_id=one.ticket_id,
                target=one.target,
                outcome=one.outcome,
                labels=_of(self._tickets[one.ticket_id]),
            )
            for one in self._sla()
            if one.outcome is not None and since <= one.at < until
        ]

    def spent(self, since: datetime, until: datetime) -> Sequence[Spent]:
        return [
            Spent(
                labels=_of(self._tickets[cost.ticket_id]),
                minutes=_minutes(cost),
                cents=cost.amount_cents,
                currency=cost.currency,
            )
            for cost in self._costs
            if since <= cost.at < until
        ]

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

    def waiting(self, until: datetime) -> Sequence[Waiting]:
        last = {
            fact.ticket_id: fact.kind
            for fact in self._between(None, until)
            if fact.kind in _BEGINS + _ENDS
        }
        tickets = [self._tickets[one] for one, kind in last.items() if kind in _BEGINS]
        return [Waiting(labels=_of(one), opened_at=one.opened_at) for one in tickets]

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


def _of(ticket: Ticket) -> Labels:
    return Labels(
        tier=str(ticket.tier),
        category=ticket.category,
        site=ticket.site,
        technician=ticket.assignee,
        priority=ticket.priority.value,
        source=ticket.source.value,
    )
