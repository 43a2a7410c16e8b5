"""A problem in a user's own words becomes a ticket of the service desk.

Works inside the transaction that stores the report, and never commits.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.priority import decide_priority
from sickbay_collector.core.desk.text import checked_text
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, Visibility
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut, name_of
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import TicketId
from sickbay_collector.core.record import UserProblem
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing import open_ticket

CATEGORY = "other"
# A person who writes is held up in some way: Medium on a device in normal use.
_URGENCY = 2
# As long as for alerts of software: a user may say within a week that it is not solved.
_REOPEN_WINDOW_S = 604_800.0


def open_problem_report(
    uow: UnitOfWork,
    device: Device,
    problem: UserProblem,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[TicketEvent, ...]:
    """Open a ticket for what a user reported; each report is a ticket of its own.

    Raises:
        InvalidError: The text is empty or has more than 4,000 characters; decoding a report
            refuses such before it comes here.
    """
    words = checked_text("problem report", problem.text)
    ticket = _draft(device, words, problem, ticket_id=TicketId(new_id()), now=now)
    return open_ticket(
        uow,
        ticket,
        actor=problem.user_name or "user",
        text=words,
        visibility=Visibility.PUBLIC,
    )


def _draft(
    device: Device, words: str, problem: UserProblem, *, ticket_id: TicketId, now: datetime
) -> Ticket:
    priority = decide_priority(device.criticality, _URGENCY)
    by = problem.user_name or "an unknown user"
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=TicketSource.AGENT,
        title=cut(f"{name_of(device)}: {words.splitlines()[0]}", TITLE_LIMIT),
        description=f"{words}\n\nReported by {by} on {name_of(device)}",
        category=CATEGORY,
        priority=priority,
        reopen_window_s=_REOPEN_WINDOW_S,
        opened_at=now,
    )
    return replace(draft, device_id=device.device_id)
