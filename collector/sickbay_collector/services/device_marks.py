"""What happened to a device, as marks on the axis of time: alerts, tickets, changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Change
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.device_history import device_changes
from sickbay_collector.services.ports import UnitOfWork

MARKS = 200
"""Marks of one answer, the newest."""
# What is read of each kind to find them.
_EACH = 500
_NAMED = 3


class MarkKind(StrEnum):
    """What a mark stands for."""

    ALERT = "alert"
    TICKET = "ticket"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at one time."""

    at: datetime
    kind: MarkKind
    text: str
    until: datetime | None = None
    """When it was over; None where it is not, and for changes."""
    ticket: int | None = None
    """Number of the ticket; None for others."""


def device_marks(
    uow: UnitOfWork,
    device_id: DeviceId,
    *,
    tickets: Iterable[Ticket] | None = None,
    since: datetime,
    until: datetime,
) -> tuple[Mark, ...]:
    """Return what happened to a device from `since` to before `until`, newest first.

    What changed at one time in one section of the inventory is one mark.

    Args:
        uow: Where to read.
        device_id: Whose.
        tickets: The device's, where they are read already.
        since: From when on.
        until: Until when.
    """
    if tickets is None:
        tickets = uow.tickets.list(device_id=device_id, limit=_EACH)
    found = [
        *_alerts(uow, device_id),
        *_tickets(tickets),
        *_changes(device_changes(uow, device_id, since=since, limit=_EACH)),
    ]
    within = [one for one in found if since <= one.at < until]
    return tuple(sorted(within, key=lambda one: one.at, reverse=True)[:MARKS])


def _alerts(uow: UnitOfWork, device_id: DeviceId) -> Iterator[Mark]:
    for alert in uow.alerts.of_device(device_id, limit=_EACH):
        yield Mark(
            at=alert.opened_at, kind=MarkKind.ALERT, text=_said(alert), until=alert.closed_at
        )


def _said(alert: AlertRecord) -> str:
    return f"{alert.sentence} ({alert.rule_id})"


def _tickets(tickets: Iterable[Ticket]) -> Iterator[Mark]:
    for ticket in tickets:
        yield Mark(
            at=ticket.opened_at,
            kind=MarkKind.TICKET,
            text=f"#{ticket.number} {ticket.title}",
            until=ticket.resolved_at or ticket.closed_at,
            ticket=ticket.number,
        )


def _changes(changes: tuple[Change, ...]) -> Iterator[Mark]:
    for (at, section), group in groupby(changes, key=lambda one: (one.at, one.section)):
        some = list(group)
        named = ", ".join(_change(one) for one in some[:_NAMED])
        more = f" and {len(some) - _NAMED} more" if len(some) > _NAMED else ""
        yield Mark(at=at, kind=MarkKind.CHANGE, text=f"{section}: {named}{more}")


def _change(change: Change) -> str:
    both = " to ".join(one for one in (change.old, change.new) if one)
    return f"{change.path} {change.kind}" + (f" ({both})" if both else "")
