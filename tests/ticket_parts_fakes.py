"""What belongs to tickets beside their rows, in memory."""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from sickbay_collector.core.desk.outside_alerts import AlertGroup
from sickbay_collector.core.desk.parts import (
    Cost,
    LinkKind,
    TicketLink,
    VendorCase,
    Watcher,
    WatcherKind,
)
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import OPEN
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ticket_parts_ports import KeptRequest, RequestKey


@dataclass(slots=True)
class Parts:
    """Everything, by key. Values are never changed, only replaced."""

    watchers: dict[tuple[TicketId, WatcherKind, str], Watcher] = field(default_factory=dict)
    links: dict[tuple[TicketId, LinkKind, TicketId], TicketLink] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)
    cases: dict[str, VendorCase] = field(default_factory=dict)
    kept: dict[tuple[str, str, str], tuple[KeptRequest, datetime]] = field(default_factory=dict)
    groups: dict[str, AlertGroup] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    """When something was heard of a group."""

    def __copy__(self) -> "Parts":
        return Parts(
            watchers=copy(self.watchers),
            links=copy(self.links),
            costs=copy(self.costs),
            cases=copy(self.cases),
            kept=copy(self.kept),
            heard=copy(self.heard),
            groups=copy(self.groups),
        )


class FakeTicketPartStore:
    def __init__(self, parts: Parts, tickets: dict[TicketId, Ticket]) -> None:
        self._parts = parts
        self._tickets = tickets

    def watch(self, watcher: Watcher) -> bool:
        self._require(watcher.ticket_id)
        key = (watcher.ticket_id, watcher.kind, watcher.watcher)
        return self._parts.watchers.setdefault(key, watcher) is watcher

    def unwatch(self, watcher: Watcher) -> bool:
        key = (watcher.ticket_id, watcher.kind, watcher.watcher)
        return self._parts.watchers.pop(key, None) is not None

    def watchers(self, ticket_id: TicketId) -> Sequence[Watcher]:
        mine = [one for one in self._parts.watchers.values() if one.ticket_id == ticket_id]
        return sorted(mine, key=lambda one: (one.added_at, one.watcher))

    def watching(self, ticket_ids: Collection[TicketId]) -> Sequence[Watcher]:
        return [one for ticket_id in sorted(ticket_ids) for one in self.watchers(ticket_id)]

    def hold_links(self) -> None:
        """Memory has one writer."""

    def link(self, link: TicketLink) -> bool:
        self._require(link.ticket_id)
        self._require(link.other_id)
        key = (link.ticket_id, link.kind, link.other_id)
        return self._parts.links.setdefault(key, link) is link

    def unlink(self, ticket_id: TicketId, kind: LinkKind, other_id: TicketId) -> bool:
        return self._parts.links.pop((ticket_id, kind, other_id), None) is not None

    def links(self, ticket_id: TicketId) -> Sequence[TicketLink]:
        links = self._parts.links.values()
        mine = [one for one in links if ticket_id in {one.ticket_id, one.other_id}]
        return sorted(mine, key=lambda one: (one.added_at, one.ticket_id, one.kind, one.other_id))

    def next(self, kind: LinkKind, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        links = self._parts.links.values()
        return {one.other_id for one in links if one.kind is kind and one.ticket_id in ticket_ids}

    def add_cost(self, cost: Cost) -> None:
        self._require(cost.ticket_id)
        self._parts.costs[cost.cost_id] = cost

    def drop_cost(self, ticket_id: TicketId, cost_id: str) -> Cost | None:
        cost = self._parts.costs.get(cost_id)
        if cost is None or cost.ticket_id != ticket_id:
            return None
        return self._parts.costs.pop(cost_id)

    def costs(self, ticket_id: TicketId) -> Sequence[Cost]:
        mine = [one for one in self._parts.costs.values() if one.ticket_id == ticket_id]
        return sorted(mine, key=lambda one: (one.at, one.cost_id))

    def add_case(self, case: VendorCase) -> None:
        self._require(case.ticket_id)
        self._parts.cases[case.case_id] = case

    def save_case(self, case: VendorCase) -> None:
        self._parts.cases[case.case_id] = case

    def cases(self, ticket_id: TicketId) -> Sequence[VendorCase]:
        mine = [one for one in self._parts.cases.values() if one.ticket_id == ticket_id]
        return sorted(mine, key=lambda one: (one.opened_at, one.case_id))

    def _require(self, ticket_id: TicketId) -> None:
        if ticket_id not in self._tickets:
            raise ConflictError(f"no ticket {ticket_id}")


class FakeOnceStore:
    def __init__(self, parts: Parts, tickets: dict[TicketId, Ticket]) -> None:
        self._parts = parts
        self._tickets = tickets

    def begin(self, key: RequestKey, made_id: str, *, now: datetime) -> KeptRequest | None:
        place = (key.user, key.route, key.key)
        if place in self._parts.kept:
            return self._parts.kept[place][0]
        kept = KeptRequest(body_hash=key.body_hash, made_id=made_id)
        self._parts.kept[place] = (kept, now)
        return None

    def forget(self, before: datetime) -> None:
        for place, (_, at) in list(self._parts.kept.items()):
            if at < before:
                del self._parts.kept[place]

    def group(self, key: str, ticket_id: TicketId, *, now: datetime) -> AlertGroup:
        self._parts.heard[key] = now
        return self._parts.groups.setdefault(key, AlertGroup(key=key, ticket_id=ticket_id))

    def regroup(self, group: AlertGroup) -> None:
        self._parts.groups[group.key] = group

    def drop_groups(self, before: datetime, *, limit: int) -> int:
        old = [
            key
            for key, group in self._parts.groups.items()
            if self._parts.heard[key] < before and not self._is_open(group.ticket_id)
        ]
        for key in old[:limit]:
            del self._parts.groups[key]
        return len(old[:limit])

    def groups_of(self, ticket_id: TicketId) -> Sequence[AlertGroup]:
        groups = sorted(self._parts.groups.items())
        return [group for _, group in groups if group.ticket_id == ticket_id]

    def move_groups(self, ticket_id: TicketId, other_id: TicketId) -> None:
        for group in self.groups_of(ticket_id):
            self._parts.groups[group.key] = replace(group, ticket_id=other_id)

    def _is_open(self, ticket_id: TicketId) -> bool:
        ticket = self._tickets.get(ticket_id)
        return ticket is not None and ticket.status in OPEN
