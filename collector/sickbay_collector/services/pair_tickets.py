"""What becomes of the alerts and open tickets of a record that ends, because its machine goes on.

Nothing is measured of the record any more, so its alerts are over, whatever they were about. Its
tickets go on at the survivor, open as they were: a fault that is still there opens its alert
anew, with the survivor's next report, at the ticket of its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE, OPEN
from sickbay_collector.core.device import Device
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.acts import Act
from sickbay_collector.services.merges import merge_in
from sickbay_collector.services.muting import end_mute
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_writes import write_ticket

# More open tickets of one device than anybody has.
_MANY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """Two records that become one."""

    ended: Device
    survivor: Device
    by: By


def end_alerts(uow: UnitOfWork, union: Union) -> int:
    """Close the alerts of the record that ends; return how many."""
    standing = uow.alerts.open_of(union.ended.device_id)
    for alert in standing:
        muted = uow.quiet.muted(alert.alert_id) if alert.suppressed_reason else None
        if muted is not None:
            end_mute(uow, muted, "dropped", now=union.by.at)
        uow.alerts.save(replace(alert, status="closed", closed_at=union.by.at))
    return len(standing)


def bring_tickets(uow: UnitOfWork, union: Union) -> int:
    """Let the open tickets of the record that ends go on at the survivor; return how many.

    Of two open ones of a family one goes on: the survivor's, with the other merged into it.
    """
    mine = _open(uow, union.survivor)
    families = {one.family: one for one in mine if one.family is not None}
    theirs = _open(uow, union.ended)
    for ticket in theirs:
        rival = families.get(ticket.family) if ticket.family is not None else None
        if rival is None:
            _move(uow, ticket, union)
        elif ticket.status is TicketStatus.RESOLVED:
            _close(uow, ticket, union)
        elif rival.status in ACTIVE:
            merge_in(uow, _act(ticket, union), str(rival.number))
        else:
            _close(uow, rival, union)
            _move(uow, ticket, union)
    return len(theirs)


def _open(uow: UnitOfWork, device: Device) -> Sequence[Ticket]:
    """Return a device's open tickets, as they are now; nobody else writes them meanwhile."""
    found = uow.tickets.list(statuses=OPEN, device_id=device.device_id, limit=_MANY)
    held = uow.tickets.hold([one.ticket_id for one in found])
    return [held[one.ticket_id] for one in found]


def _move(uow: UnitOfWork, ticket: Ticket, union: Union) -> None:
    text = (
        f"{union.ended.hostname} is one machine with {union.survivor.hostname}, and goes on as it"
    )
    write_ticket(
        uow,
        ticket,
        replace(ticket, device_id=union.survivor.device_id),
        kind=TicketEventKind.EDITED,
        actor=union.by.user,
        text=f"{text}. Its alerts are over with the record: look whether the fault is",
        at=union.by.at,
    )


def _close(uow: UnitOfWork, ticket: Ticket, union: Union) -> None:
    """Close a resolved ticket: its device goes on with another of its kind."""
    write_ticket(
        uow,
        ticket,
        changes.closed(ticket, at=union.by.at),
        kind=TicketEventKind.CLOSED,
        actor=union.by.user,
        text=f"Closed: {union.ended.hostname} and {union.survivor.hostname} are one machine, which"
        " has another open ticket of this kind",
        at=union.by.at,
    )


def _act(ticket: Ticket, union: Union) -> Act:
    return Act(
        ticket_id=ticket.ticket_id,
        user=union.by.user,
        expected_version=ticket.version,
        now=union.by.at,
    )
