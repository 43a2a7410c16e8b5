"""What belongs to tickets beside their rows, as protocols, and what was asked for once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.outside_alerts import AlertGroup
from sickbay_collector.core.desk.parts import Cost, LinkKind, TicketLink, VendorCase, Watcher
from sickbay_collector.core.ids import TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """The key under which somebody asks for something once, however often it arrives."""

    user: str
    route: str
    key: str
    body_hash: str
    """Tells a repeated request from another one with the same key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A request that was done, or is being done in this transaction."""

    body_hash: str
    made_id: str
    """Of what it made."""


class TicketPartStore(Protocol):
    """Watchers, links, costs and vendor cases."""

    def watch(self, watcher: Watcher) -> bool:
        """Add a watcher; False who watches already."""
        ...

    def unwatch(self, watcher: Watcher) -> bool:
        """Take a watcher away, by ticket, kind and name; False where there was none."""
        ...

    def watchers(self, ticket_id: TicketId) -> Sequence[Watcher]: ...
    def watching(self, ticket_ids: Collection[TicketId]) -> Sequence[Watcher]:
        """Return who watches any of these tickets, by ticket."""
        ...

    def hold_links(self) -> None:
        """Let nobody else add a link until this transaction ends."""
        ...

    def link(self, link: TicketLink) -> bool:
        """Add a link; False one that is there already."""
        ...

    def unlink(self, ticket_id: TicketId, kind: LinkKind, other_id: TicketId) -> bool: ...
    def links(self, ticket_id: TicketId) -> Sequence[TicketLink]:
        """Return the links from and to a ticket, oldest first."""
        ...

    def next(self, kind: LinkKind, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        """Return where the links of a kind lead from these tickets."""
        ...

    def add_cost(self, cost: Cost) -> None: ...
    def drop_cost(self, ticket_id: TicketId, cost_id: str) -> Cost | None:
        """Take a cost off and return it; None where there was none."""
        ...

    def costs(self, ticket_id: TicketId) -> Sequence[Cost]: ...
    def add_case(self, case: VendorCase) -> None: ...
    def save_case(self, case: VendorCase) -> None: ...
    def cases(self, ticket_id: TicketId) -> Sequence[VendorCase]:
        """Return a ticket's cases, oldest first; nobody else writes them meanwhile."""
        ...


class OnceStore(Protocol):
    """What is done once, however often it is asked for."""

    def begin(self, key: RequestKey, made_id: str, *, now: datetime) -> KeptRequest | None:
        """Keep a request; None when it is the first of its key, else the one that was kept.

        Who else asks with the same key waits until this transaction ends.
        """
        ...

    def forget(self, before: datetime) -> None:
        """Drop what was kept before that time."""
        ...

    def group(self, key: str, ticket_id: TicketId, *, now: datetime) -> AlertGroup:
        """Return a group of alerts from outside; a new one gets the given ticket.

        It was heard of by that. Who else asks for the same group waits until this transaction ends.
        """
        ...

    def regroup(self, group: AlertGroup) -> None:
        """Keep a group as it is now."""
        ...

    def drop_groups(self, before: datetime, *, limit: int) -> int:
        """Drop groups that nothing was heard of since then and whose ticket is over; how many."""
        ...

    def groups_of(self, ticket_id: TicketId) -> Sequence[AlertGroup]: ...
    def move_groups(self, ticket_id: TicketId, other_id: TicketId) -> None:
        """Give the groups of a ticket another one."""
        ...
