"""Who looks at which ticket, in memory."""

from collections.abc import Sequence
from datetime import datetime

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.presence_ports import Presence


class FakePresenceStore:
    def __init__(self, present: dict[tuple[TicketId, str], Presence]) -> None:
        self._present = present

    def see(self, presence: Presence) -> None:
        self._present[presence.ticket_id, presence.login] = presence

    def at(self, ticket_id: TicketId, *, since: datetime) -> Sequence[Presence]:
        found = [one for one in self._present.values() if one.ticket_id == ticket_id]
        return sorted((one for one in found if one.seen_at >= since), key=lambda one: one.login)

    def forget(self, before: datetime) -> None:
        for key, one in list(self._present.items()):
            if one.seen_at < before:
                del self._present[key]
