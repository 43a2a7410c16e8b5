"""What changed on a device: its change log, any two dates, its software, its tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.device_compare import inventory_difference, software_of
from sickbay_collector.services.device_history import device_changes
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_lookups import TicketRow, list_tickets
from sickbay_collector.web.console.device_query import TabQuery
from sickbay_collector.web.console.texts import _

_LISTED = 200
_WITHIN = timedelta(days=90)
# Rows of one page; who looks for others names them.
_PACKAGES = 500
_TICKETS = 100


def changes(
    uow: UnitOfWork, device: Device, query: TabQuery, now: datetime
) -> Mapping[str, object]:
    """Return the change log, or how two days differ where they are named."""
    days = query.days(now)
    if days is None:
        since = now - _WITHIN
        found = device_changes(uow, device.device_id, since=since, limit=_LISTED)
        return {"days": None, "changes": found, "count": len(found), "unknown": ()}
    if days[0] >= days[1]:
        raise InvalidError(_("the first day has to be before the second, and before today"))
    difference = inventory_difference(uow, device.device_id, since=days[0], until=days[1])
    return {
        "days": days,
        "changes": difference.changes,
        "count": difference.count,
        "unknown": difference.unknown,
    }


def software(uow: UnitOfWork, device: Device, query: TabQuery) -> Mapping[str, object]:
    """Return the software, as much as a page can show."""
    found = software_of(uow, device.device_id, text=query.text)
    return {"software": found[:_PACKAGES], "count": len(found)}


def tickets(uow: UnitOfWork, device: Device) -> Sequence[TicketRow]:
    """Return the device's tickets, newest first."""
    return list_tickets(
        uow, TicketFilter(device_id=device.device_id), limit=_TICKETS, after=None
    ).rows
