"""Asset records in memory."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.asset import AssetField, Claim, Source, settle
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import DeviceId, PersonId, TicketId
from sickbay_collector.core.inventory import Row, SectionContent, SectionVersion
from sickbay_collector.core.repair import Repair, of_cost
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset
from tests.ticket_parts_fakes import Parts


@dataclass(slots=True)
class FakeAssets:
    """What was committed."""

    versions: dict[DeviceId, int] = field(default_factory=dict)
    claims: dict[tuple[DeviceId, AssetField, Source], Claim] = field(default_factory=dict)
    repairs: dict[str, Repair] = field(default_factory=dict)

    def __copy__(self) -> "FakeAssets":
        return FakeAssets(copy(self.versions), copy(self.claims), copy(self.repairs))


class Tables(Protocol):
    """Of the whole database, what asset records read."""

    assets: FakeAssets
    contents: dict[bytes, SectionContent]
    tickets: dict[TicketId, Ticket]
    parts: Parts
    versions: dict[tuple[DeviceId, str], tuple[SectionVersion, ...]]

    def require_device(self, device_id: DeviceId) -> None: ...


class FakeAssetStore:
    """Implements `AssetStore`."""

    def __init__(self, data: Tables) -> None:
        self._data = data
        self._assets = data.assets

    def load(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, StoredAsset]:
        return {
            device_id: StoredAsset(version=version, claims=self._claims(device_id))
            for device_id, version in self._assets.versions.items()
            if device_ids is None or device_id in device_ids
        }

    def save_all(self, writes: Sequence[AssetWrite]) -> bool:
        versions = self._assets.versions
        if any(versions.get(one.device_id, 0) != one.version for one in writes):
            return False
        for one in writes:
            self._data.require_device(one.device_id)
            versions[one.device_id] = one.version + 1
            for key in one.withdraw:
                self._assets.claims.pop((one.device_id, *key), None)
            for claim in one.put:
                self._assets.claims[one.device_id, claim.field, claim.source] = claim
        return True

    def system_facts(self) -> Mapping[DeviceId, tuple[Row, datetime]]:
        return {
            device_id: (self._data.contents[versions[-1].hash].facts, versions[-1].since)
            for (device_id, kind), versions in self._data.versions.items()
            if kind == "system"
        }

    def owned_by(self, person_id: PersonId, *, now: datetime) -> Sequence[DeviceId]:
        found = []
        for device_id in sorted(self._assets.versions):
            settled = settle(AssetField.OWNER, self._claims(device_id), now)
            if settled is not None and settled.value == person_id:
                found.append(device_id)
        return found

    def add_repair(self, repair: Repair) -> None:
        self._data.require_device(repair.device_id)
        self._assets.repairs[repair.repair_id] = repair

    def drop_repair(self, device_id: DeviceId, repair_id: str) -> Repair | None:
        repair = self._assets.repairs.get(repair_id)
        if repair is None or repair.device_id != device_id:
            return None
        return self._assets.repairs.pop(repair_id)

    def repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        mine = (one for one in self._assets.repairs.values() if one.device_id == device_id)
        return sorted(mine, key=lambda one: (one.at, one.repair_id), reverse=True)

    def ticket_repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        mine = {key: one for key, one in self._data.tickets.items() if one.device_id == device_id}
        found = [
            of_cost(cost, device_id=device_id, number=mine[cost.ticket_id].number)
            for cost in self._data.parts.costs.values()
            if cost.ticket_id in mine
        ]
        return sorted(found, key=lambda one: (one.at, one.repair_id), reverse=True)

    def _claims(self, device_id: DeviceId) -> tuple[Claim, ...]:
        found = sorted(
            (key[1:], claim) for key, claim in self._assets.claims.items() if key[0] == device_id
        )
        return tuple(claim for _, claim in found)
