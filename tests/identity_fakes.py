"""What devices are told apart by, in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.device import Device
from sickbay_collector.core.identity import IdentityRecord
from sickbay_collector.core.identity_clues import Clue
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.device_ports import StoredState


class FakeIdentityStore:
    def __init__(
        self,
        clues: dict[DeviceId, frozenset[Clue]],
        records: dict[DeviceId, IdentityRecord],
        apart: Collection[tuple[DeviceId, DeviceId]],
        devices: Mapping[DeviceId, Device],
        states: Mapping[DeviceId, StoredState],
        require_device: Callable[[DeviceId], None],
    ) -> None:
        self._clues = clues
        self._records = records
        self._apart = apart
        self._devices = devices
        self._states = states
        self._require_device = require_device

    def put_clues(self, device_id: DeviceId, clues: Collection[Clue]) -> None:
        self._require_device(device_id)
        self._clues[device_id] = frozenset(clues)

    def hold(self, clues: Collection[Clue]) -> None:
        """Do nothing: whoever writes is alone."""

    def shared(self, clues: Collection[Clue], *, by: int, since: datetime) -> Collection[Clue]:
        none: frozenset[Clue] = frozenset()
        both = [
            self._clues.get(one, none) & self._clues.get(other, none) for one, other in self._apart
        ]
        return {
            clue
            for clue in clues
            if self._count(clue, since) >= by or any(clue in kept for kept in both)
        }

    def holders(self, clues: Collection[Clue], *, limit: int) -> Sequence[DeviceId]:
        found = set()
        for clue in clues:
            mine = sorted(one for one, kept in self._clues.items() if clue in kept)
            found.update(mine[-limit:])
        return sorted(found, reverse=True)

    def put(self, record: IdentityRecord) -> None:
        self._require_device(record.device_id)
        self._records[record.device_id] = record

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, IdentityRecord]:
        return {one: self._records[one] for one in device_ids if one in self._records}

    def _count(self, clue: Clue, since: datetime) -> int:
        return sum(
            clue in kept
            and self._devices[device_id].status not in GONE
            and device_id in self._states
            and self._states[device_id].received_at >= since
            for device_id, kept in self._clues.items()
        )
