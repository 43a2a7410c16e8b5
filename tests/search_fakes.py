"""Finding by a walk through everything."""

from collections.abc import Collection, Sequence

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder, number_in
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.search import SHORTEST_PART, word_of, words_of
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.ports import UnitOfWork

_ALL = 1000


class FakeSearchStore:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def devices(self, text: str, *, owners: Collection[PersonId], limit: int) -> Sequence[Device]:
        found = [one for one in self._uow.devices.all() if self._is_called(one, text, owners)]
        return sorted(found, key=lambda one: _order(one, text))[:limit]

    def tickets(self, text: str, *, limit: int) -> Sequence[Ticket]:
        found = self._uow.tickets.search(TicketFilter(text=text), TicketOrder.OPENED, limit=_ALL)
        number = number_in(text)
        tickets = sorted((one.ticket for one in found), key=lambda one: -one.number)
        return sorted(tickets, key=lambda one: one.number != number)[:limit]

    def problems(self, text: str, *, limit: int) -> Sequence[Problem]:
        return [
            one
            for one in self._uow.problems.list(limit=_ALL)
            if text.lower() in one.title.lower() or one.number == number_in(text)
        ][:limit]

    def _is_called(self, device: Device, text: str, owners: Collection[PersonId]) -> bool:
        name, is_gone = device.hostname.lower(), device.status in GONE
        is_named = name.startswith(text.lower()) if is_gone else text.lower() in name
        if is_named or device.device_id == text.lower():
            return True
        claims = self._uow.assets.load([device.device_id])
        said = [one for record in claims.values() for one in record.claims]
        if any(one.field is AssetField.OWNER and one.value in owners for one in said):
            return True
        if len(text) < SHORTEST_PART:
            return False
        named = {AssetField.SERIAL, AssetField.ASSET_TAG}
        if any(
            one.field in named and one.value in {text, text.lower(), text.upper()} for one in said
        ):
            return True
        return any(word.startswith(word_of(text)) for word in self._words(device))

    def _words(self, device: Device) -> set[str]:
        sections = self._uow.sections
        contents = (sections.content(one.hash) for one in sections.current(device.device_id))
        return {word for one in contents if one is not None for word in words_of(one)}


def _order(device: Device, text: str) -> tuple[bool, bool, str, str]:
    name = device.hostname.lower()
    return (device.status in GONE, not name.startswith(text.lower()), name, device.device_id)
