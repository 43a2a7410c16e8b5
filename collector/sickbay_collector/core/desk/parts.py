"""What belongs to a ticket beside its row: watchers, links, costs and cases at vendors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.text import checked_optional, checked_text
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.core.line import checked_line

MINUTES_LIMIT = 10_080
"""Minutes of one entry: a week."""
CENTS_LIMIT = 1_000_000_000
"""Cents of one price or rate: ten million."""
QUANTITY_LIMIT = 10_000
"""Pieces of one part."""
VENDOR_LIMIT = 100
"""Characters of a vendor's name or case number."""
WATCHERS_LIMIT = 200
"""Watchers of one ticket."""
LINKS_LIMIT = 500
"""Links of one ticket, both directions."""
# Source: ISO 4217, alphabetic codes.
_CURRENCY = re.compile(r"[A-Z]{3}")


class WatcherKind(StrEnum):
    """Who watches a ticket."""

    PERSON = "person"
    TECHNICIAN = "technician"


class LinkKind(StrEnum):
    """How a ticket stands to another."""

    DUPLICATE_OF = "duplicate_of"
    CAUSED_BY = "caused_by"
    CHILD_OF = "child_of"
    SPLIT_FROM = "split_from"
    """It began as a part of the other."""


class CostKind(StrEnum):
    """What was spent."""

    TIME = "time"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Somebody who is told what happens to a ticket."""

    ticket_id: TicketId
    kind: WatcherKind
    watcher: str
    """Id of the person, or login name of the technician."""
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLink:
    """How one ticket stands to another: it is a duplicate of, caused by, a child of that."""

    ticket_id: TicketId
    kind: LinkKind
    other_id: TicketId
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Time or a part that a ticket took."""

    cost_id: str
    ticket_id: TicketId
    kind: CostKind
    at: datetime
    by: str
    """Login name of who worked, or booked the part."""
    text: str
    """What was done, or what the part is."""
    quantity: int
    """Minutes, or pieces."""
    price_cents: int
    """Of an hour, or of a piece."""
    currency: str
    """Code of ISO 4217."""

    @property
    def amount_cents(self) -> int:
        """What it comes to; half a cent counts as a whole one."""
        if self.kind is CostKind.PART:
            return self.quantity * self.price_cents
        return (self.quantity * self.price_cents + 30) // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCase:
    """A case at a vendor, with a clock of its own."""

    case_id: str
    ticket_id: TicketId
    vendor: str
    number: str
    """The vendor's; "" until it is known."""
    opened_at: datetime
    opened_by: str
    promised_at: datetime | None
    """When the vendor wants to be done; None where nothing is promised."""
    closed_at: datetime | None
    outcome: str
    """"" while it is open."""

    def elapsed_s(self, now: datetime) -> float:
        """Return how long it took, or takes so far."""
        return max(0.0, ((self.closed_at or now) - self.opened_at).total_seconds())

    def is_late(self, now: datetime) -> bool:
        """Return whether the vendor is, or was, done later than promised."""
        return self.promised_at is not None and (self.closed_at or now) > self.promised_at


def totals(costs: Iterable[Cost]) -> Mapping[str, int]:
    """Return the cents that costs come to, by currency."""
    sums: dict[str, int] = {}
    for cost in costs:
        sums[cost.currency] = sums.get(cost.currency, 0) + cost.amount_cents
    return dict(sorted(sums.items()))


def checked_cost(cost: Cost) -> Cost:
    """Return the cost as it is.

    Raises:
        InvalidError: A number or the currency is out of range.
    """
    is_time = cost.kind is CostKind.TIME
    what, limit = ("minutes", MINUTES_LIMIT) if is_time else ("quantity", QUANTITY_LIMIT)
    if not 1 <= cost.quantity <= limit:
        raise InvalidError(
            "%(what)s %(quantity)s: must be 1 to %(limit)s",
            what=what,
            quantity=cost.quantity,
            limit=limit,
        )
    if not 0 <= cost.price_cents <= CENTS_LIMIT:
        raise InvalidError(
            "price of %(price_cents)s cents: must be 0 to %(limit)s",
            price_cents=cost.price_cents,
            limit=CENTS_LIMIT,
        )
    if _CURRENCY.fullmatch(cost.currency) is None:
        raise InvalidError(
            "currency %(currency)r: use a code of ISO 4217 like EUR", currency=cost.currency[:16]
        )
    checked_text("text", cost.text)
    return cost


def checked_case(vendor: str, number: str) -> tuple[str, str]:
    """Return the vendor's name and case number as lines.

    Raises:
        InvalidError: The name is empty, or one of them is too long.
    """
    name = checked_text("vendor", checked_line("vendor", vendor, limit=VENDOR_LIMIT))
    return name, checked_line("number", number, limit=VENDOR_LIMIT)


def checked_outcome(outcome: str) -> str:
    """Return what came of a case.

    Raises:
        InvalidError: It is too long.
    """
    return checked_optional("outcome", outcome)


def watcher_fields(watcher: Watcher) -> Mapping[str, str]:
    """Return a watcher as the worklog keeps who came or went."""
    return {"watcher": f"{watcher.kind}:{watcher.watcher}"}


def link_fields(kind: LinkKind, number: int, other: int) -> Mapping[str, str]:
    """Return a link as the worklogs of both tickets keep it."""
    return {"link": kind.value, "ticket": str(number), "other": str(other)}


def cost_fields(cost: Cost) -> Mapping[str, str]:
    """Return a cost as the worklog keeps it."""
    return {
        "cost_id": cost.cost_id,
        "kind": cost.kind.value,
        "by": cost.by,
        "text": cost.text,
        "quantity": str(cost.quantity),
        "price_cents": str(cost.price_cents),
        "currency": cost.currency,
    }


def case_fields(case: VendorCase) -> Mapping[str, str]:
    """Return a case as the worklog keeps it; "" for what is not known yet."""
    return {
        "case_id": case.case_id,
        "vendor": case.vendor,
        "number": case.number,
        "promised_at": "" if case.promised_at is None else case.promised_at.isoformat(),
        "closed_at": "" if case.closed_at is None else case.closed_at.isoformat(),
        "outcome": case.outcome,
    }
