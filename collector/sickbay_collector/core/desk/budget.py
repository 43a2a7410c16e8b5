"""How many tickets of alerts a device may have open: further findings share one ticket.

A device that is ill in many ways is one piece of work for one technician, not ten.
"""

from collections.abc import Collection
from dataclasses import replace

from sickbay_collector.core.alerts.change import AlertChange
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut, name_of
from sickbay_collector.core.device import Device

MAX_OPEN = 3
"""Open tickets of alerts of one device, each of a family of its own."""
HEALTH_FAMILY = "asset.health"
"""The family of the one ticket that all further findings of a device share."""


def has_room(tickets: Collection[Ticket]) -> bool:
    """Return whether a device with these tickets may have one more of a family of its own."""
    counted = [one for one in tickets if one.status in ACTIVE and one.family != HEALTH_FAMILY]
    return len(counted) < MAX_OPEN


def is_health_ticket(ticket: Ticket | None) -> bool:
    """Return whether it is the shared ticket of a device, and not over."""
    return ticket is not None and ticket.family == HEALTH_FAMILY and ticket.closed_at is None


def health_ticket(draft: Ticket, device: Device, change: AlertChange) -> Ticket:
    """Return the shared ticket of a device instead of the one that an alert would open."""
    said = (
        f"{MAX_OPEN} tickets of this device are open already. What else is found on it joins this"
        " one, each with its evidence, and it resolves when all of it is over."
    )
    return replace(
        draft,
        family=HEALTH_FAMILY,
        title=cut(f"{name_of(device)}: asset health", TITLE_LIMIT),
        description=f"{said}\nFirst: {change.title}\n{draft.description}",
        runbook="",
    )
