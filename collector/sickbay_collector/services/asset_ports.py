"""What the use cases of asset records need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.repair import Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAsset:
    """What persons and files say about a device."""

    version: int = 0
    """Counts writes; 0 where nobody wrote anything."""
    claims: tuple[Claim, ...] = ()
    """In the order of fields and sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetWrite:
    """What is written about a device, over the version that was read."""

    device_id: DeviceId
    version: int
    put: tuple[Claim, ...] = ()
    withdraw: tuple[tuple[AssetField, Source], ...] = ()


class AssetStore(Protocol):
    """Asset records and maintenance."""

    def load(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, StoredAsset]:
        """Return what is written about these devices, all of them for None."""
        ...

    def save_all(self, writes: Sequence[AssetWrite]) -> bool:
        """Write; False if one of the records has another version, nothing is to be kept then."""
        ...

    def system_facts(self) -> Mapping[DeviceId, tuple[Row, datetime]]:
        """Return the facts of every device's present section "system", and since when."""
        ...

    def owned_by(self, person_id: PersonId, *, now: datetime) -> Sequence[DeviceId]:
        """Return the devices whose owner this person is, by id."""
        ...

    def add_repair(self, repair: Repair) -> None: ...
    def drop_repair(self, device_id: DeviceId, repair_id: str) -> Repair | None:
        """Take a repair off and return it; None where there was none."""
        ...

    def repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        """Return what was written down by hand, newest first."""
        ...

    def ticket_repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        """Return what was spent on the device's tickets, newest first."""
        ...
