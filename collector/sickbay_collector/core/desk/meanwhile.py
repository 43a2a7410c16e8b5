"""What happened to a ticket since somebody read it."""

from collections.abc import Sequence
from dataclasses import fields

from sickbay_collector.core.desk.ticket import Ticket, WorklogEntry

_FIELDS = frozenset(one.name for one in fields(Ticket))


def since_version(
    worklog: Sequence[WorklogEntry], *, version: int, seen: int
) -> tuple[WorklogEntry, ...]:
    """Return the entries from the first write on that came after the version that was seen.

    Each write of a ticket counts its version up and leaves one entry that names what changed;
    entries between them, as notes, are told of too.

    Args:
        worklog: In the order of writing.
        version: The ticket's, now.
        seen: The version that somebody read.
    """
    missed = version - seen
    if missed <= 0:
        return ()
    writes = [place for place, entry in enumerate(worklog) if _FIELDS & entry.after.keys()]
    return tuple(worklog[writes[-missed] :]) if len(writes) >= missed else tuple(worklog)
