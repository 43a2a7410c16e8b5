"""After which incidents a recurrence is looked for: a timer does it, outside of the report."""

from collections.abc import Iterable

from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.services.ports import UnitOfWork

PROBLEM_TIMER = "problem"
"""Kind of the timer that looks for a recurrence; its key is "device|family"."""
_COUNTED = frozenset({TicketEventKind.OPENED, TicketEventKind.REOPENED})


def look_for_problems(uow: UnitOfWork, events: Iterable[TicketEvent]) -> None:
    """Let it be looked for a recurrence after tickets of alerts were opened or reopened."""
    for event in events:
        ticket = event.after
        if event.kind in _COUNTED and ticket.device_id and ticket.family:
            uow.timers.set(PROBLEM_TIMER, f"{ticket.device_id}|{ticket.family}", event.at)
