"""How long a ticket has been in its tier, by the tier's calendar, and when its time is over.

Time counts while somebody has to do something: waiting for the user, a vendor or a change stops
it, and so does the resolution. All of it follows from the worklog.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sickbay_collector.core.desk.calendar import Calendar, after, worked
from sickbay_collector.core.desk.ticket import TicketStatus, WorklogEntry

COUNTED = frozenset(
    {
        TicketStatus.NEW,
        TicketStatus.ASSIGNED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.REOPENED,
    }
)
"""Statuses in which a tier's time runs."""


def used(
    worklog: Sequence[WorklogEntry], since: datetime, now: datetime, calendar: Calendar
) -> timedelta:
    """Return how much of a tier's time is used.

    Args:
        worklog: The ticket's, in the order of writing.
        since: When it came to the tier.
        now: The present time.
        calendar: Which time counts.
    """
    spent = timedelta(0)
    for begin, end in _counted(worklog, now):
        spent += worked(calendar, max(begin, since), end)
    return spent


def due_at(
    worklog: Sequence[WorklogEntry],
    since: datetime,
    now: datetime,
    calendar: Calendar,
    limit: timedelta,
) -> datetime:
    """Return when the limit is used up if the ticket stays as it is; `now` where it is already."""
    return after(calendar, now, limit - used(worklog, since, now, calendar))


def reassigned_since(worklog: Sequence[WorklogEntry]) -> int:
    """Return how often the ticket went from one technician to another in its present tier."""
    count = 0
    for entry in worklog:
        if "tier" in entry.after:
            count = 0
        elif entry.before.get("assignee") and entry.after.get("assignee"):
            count += 1
    return count


def _counted(worklog: Sequence[WorklogEntry], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches in which a tier's time ran."""
    begin: datetime | None = None
    for entry in worklog:
        status = entry.after.get("status")
        if status is None:
            continue
        if begin is not None and begin < entry.at:
            yield begin, entry.at
        begin = entry.at if status in COUNTED else None
    if begin is not None and begin < now:
        yield begin, now
