"""What a search needs of the database. `db` implements it."""

from collections.abc import Collection, Sequence
from typing import Protocol

from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import PersonId


class SearchStore(Protocol):
    """Finds by a part of a name, by a serial number or an address."""

    def devices(self, text: str, *, owners: Collection[PersonId], limit: int) -> Sequence[Device]:
        """Return devices by host name, those that begin so first.

        The text is a part of the name, the begin of a serial number or an address, or the whole
        serial number or tag of the asset record; or one of these persons owns the device.
        """
        ...

    def tickets(self, text: str, *, limit: int) -> Sequence[Ticket]:
        """Return tickets whose title holds the text, whatever the case of a-z, the newest first.

        The one with that number stands before them. What is over and old is found by its number.
        """
        ...

    def problems(self, text: str, *, limit: int) -> Sequence[Problem]:
        """Return problems whose title holds the text, or with that number, the newest first."""
        ...
