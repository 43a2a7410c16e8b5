"""Who else looks at a ticket or writes on it now: a notice, and no lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.presence_ports import Presence

# An open page says every twenty seconds that somebody is there; three of them may be lost.
THERE = timedelta(seconds=80)
"""For how long somebody counts as there."""
_KEPT = timedelta(hours=1)


def others_at(
    uow: UnitOfWork, ticket_id: TicketId, *, user: str, now: datetime
) -> Sequence[Presence]:
    """Return who else has a ticket open now, by login."""
    found = uow.presence.at(ticket_id, since=now - THERE)
    return [one for one in found if one.login != user]


def look(open_uow: OpenUnitOfWork, presence: Presence) -> Sequence[Presence]:
    """Note that somebody looks at a ticket; return who else does."""
    now = presence.seen_at
    with open_uow() as uow:
        uow.presence.forget(now - _KEPT)
        uow.presence.see(presence)
        others = others_at(uow, presence.ticket_id, user=presence.login, now=now)
        uow.commit()
    return others
