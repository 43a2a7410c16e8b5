"""Who looks at which ticket at this moment, as a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.ids import TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Somebody who has a ticket open."""

    ticket_id: TicketId
    login: str
    seen_at: datetime
    """When their page last said so."""
    is_writing: bool
    """Whether something was typed there that was not sent yet."""


class PresenceStore(Protocol):
    """Keeps who looks at what for minutes, for all collectors of a database."""

    def see(self, presence: Presence) -> None:
        """Note that somebody looks at a ticket, over what was noted before."""
        ...

    def at(self, ticket_id: TicketId, *, since: datetime) -> Sequence[Presence]:
        """Return who looked at a ticket since then, by login."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop what was noted before that time."""
        ...
