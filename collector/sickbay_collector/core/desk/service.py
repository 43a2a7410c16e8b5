"""What people can ask the desk for, or report as broken."""

from dataclasses import dataclass

from sickbay_collector.core.desk.ticket import TicketKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service."""

    id: str
    name: str
    kind: TicketKind
    category: str
    """Category of its tickets."""
    tier: str
    """Id of the tier that begins."""
    queue: str
    """Where its tickets wait; "" for the queue of the tier."""
    owner: str
    """Login of the technician who answers for it; "" for nobody."""
    approval: bool
    """Whether somebody has to approve before the work begins."""
