"""Which tickets to list and in which order, and where in such a list a ticket stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.ids import DeviceId, TicketId

NOBODY = "none"
"""The assignee of tickets that nobody has."""
PRIORITY_ORDER = tuple(Priority)
"""The most urgent first."""
NEVER_RANK = 1 << 62
"""Of a ticket without a running clock, in the order of what is due; behind all others."""


class TicketOrder(StrEnum):
    """How tickets are sorted; those that are alike stand newest first."""

    OPENED = "opened"
    """Newest first."""
    DUE = "due"
    """What its SLA clocks ask for first; without a running clock last."""
    PRIORITY = "priority"
    """Most urgent first."""


class TicketPosition(NamedTuple):
    """Where in a sorted list a ticket stands; a page begins behind one."""

    rank: int
    """0 by opening; microseconds since 1970 by what is due; place among the priorities."""
    opened_at: datetime
    ticket_id: TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets to list. What is empty or None does not filter."""

    statuses: frozenset[TicketStatus] = frozenset()
    kinds: frozenset[TicketKind] = frozenset()
    sources: frozenset[TicketSource] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    tiers: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    assignee: str = ""
    """Login name, or "none" for tickets that nobody has."""
    requester: str = ""
    """Id of a person."""
    site: str = ""
    device_id: DeviceId | None = None
    family: str = ""
    """Of the alert rules that open such tickets."""
    subcategory: str = ""
    opened_since: datetime | None = None
    major: bool | None = None
    text: str = ""
    """Part of the title, whatever the case of a-z, or the whole number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTicket:
    """A ticket of a list."""

    ticket: Ticket
    hostname: str
    """"" where no device is concerned."""
    rank: int
    """As in `TicketPosition`."""

    @property
    def position(self) -> TicketPosition:
        """Where it stands."""
        return TicketPosition(self.rank, self.ticket.opened_at, self.ticket.ticket_id)


def passes(ticket: Ticket, wanted: TicketFilter) -> bool:
    """Return whether a ticket is among those to list."""
    sets = (
        (wanted.statuses, ticket.status),
        (wanted.kinds, ticket.kind),
        (wanted.sources, ticket.source),
        (wanted.priorities, ticket.priority),
        (wanted.tiers, ticket.tier),
        (wanted.queues, ticket.queue),
        (wanted.categories, ticket.category),
    )
    assignee = "" if wanted.assignee == NOBODY else wanted.assignee
    return (
        all(not allowed or value in allowed for allowed, value in sets)
        and (not wanted.assignee or ticket.assignee == assignee)
        and wanted.requester in {"", ticket.requester}
        and wanted.site in {"", ticket.site}
        and wanted.device_id in {None, ticket.device_id}
        and wanted.family in {"", ticket.family}
        and wanted.subcategory in {"", ticket.subcategory}
        and (wanted.opened_since is None or ticket.opened_at >= wanted.opened_since)
        and wanted.major in {None, ticket.major}
        and _has(ticket, wanted.text)
    )


def number_in(text: str) -> int | None:
    """Return the number that a search names, as "12" or "#12"; None where it names none."""
    digits = text.removeprefix("#")
    # Eighteen digits stay within 64 bits in every database.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def ascii_lower(text: str) -> str:
    """Return the text with a-z in place of A-Z, as both databases fold it."""
    return "".join(one.lower() if one.isascii() else one for one in text)


def _has(ticket: Ticket, text: str) -> bool:
    return ascii_lower(text) in ascii_lower(ticket.title) or ticket.number == number_in(text)
