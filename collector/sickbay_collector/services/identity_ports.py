"""What telling devices apart needs of the outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.identity import IdentityRecord
from sickbay_collector.core.identity_clues import Clue
from sickbay_collector.core.ids import DeviceId


class IdentityStore(Protocol):
    """By which values devices are found again, and what each was taken for."""

    def put_clues(self, device_id: DeviceId, clues: Collection[Clue]) -> None:
        """Keep the values of a device, in place of those that it had."""
        ...

    def hold(self, clues: Collection[Clue]) -> None:
        """Let nobody else who has one of the values come in until the transaction ends."""
        ...

    def shared(self, clues: Collection[Clue], *, by: int, since: datetime) -> Collection[Clue]:
        """Return those of the values that tell no device from another.

        So many devices in service that reported since then have it, or two have that somebody told
        apart.
        """
        ...

    def holders(self, clues: Collection[Clue], *, limit: int) -> Sequence[DeviceId]:
        """Return devices that have one of the values: of each value the last so many enrolled."""
        ...

    def put(self, record: IdentityRecord) -> None:
        """Keep what a device was taken for, in place of the last time."""
        ...

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, IdentityRecord]:
        """Return what these devices were taken for, those of which it is known."""
        ...
