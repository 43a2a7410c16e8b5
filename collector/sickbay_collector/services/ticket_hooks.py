"""What follows every write of a ticket, in order, inside the transaction that writes it.

A hook never commits and never writes a ticket itself: what must write sets a timer that is due.
"""

from collections.abc import Callable
from typing import TypeAlias

from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.services.desk_facts import keep_facts
from sickbay_collector.services.escalations import follow
from sickbay_collector.services.fleet_children import follow_children
from sickbay_collector.services.major_incidents import follow_major
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.requester_notices import tell
from sickbay_collector.services.sla_clocks import keep_clocks
from sickbay_collector.services.tier_limits import keep_tier_timers

TicketHook: TypeAlias = Callable[[UnitOfWork, TicketEvent], None]
"""Is told what was just written; the event's ticket is as it is stored now."""


def _clocks(uow: UnitOfWork, event: TicketEvent) -> None:
    keep_clocks(uow, event.before, event.after, at=event.at)


# Facts tell what the clocks came to.
TICKET_HOOKS: tuple[TicketHook, ...] = (
    _clocks,
    keep_facts,
    keep_tier_timers,
    follow,
    follow_major,
    tell,
    follow_children,
)
