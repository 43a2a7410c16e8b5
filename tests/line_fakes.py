"""Devices as lines, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.asset import settle_all
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.asset_ports import StoredAsset
from sickbay_collector.services.device_rows import DeviceRow, place_of
from sickbay_collector.services.lookups import device_row, named_facts
from sickbay_collector.services.ports import UnitOfWork


class FakeLineStore:
    """Implements `LineStore` by the other stores."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def rows(
        self,
        devices: Sequence[Device],
        *,
        open_tickets: Mapping[DeviceId, int],
        now: datetime,
        started_at: datetime,
    ) -> Sequence[DeviceRow]:
        ids = [one.device_id for one in devices]
        states, records = self._uow.states.load(ids), self._uow.assets.load(ids)
        tags, owners = self._uow.tags.of(ids), self._uow.people.all()
        found = []
        for device in devices:
            settled = settle_all(records.get(device.device_id, StoredAsset()).claims, now)
            fields = {name: one.value for name, one in settled.items() if one.value}
            names = {one.person_id: one.name for one in owners}
            row = device_row(
                device,
                states.get(device.device_id),
                named_facts(self._uow, device.device_id),
                place=place_of(fields, tags.get(device.device_id, ()), names),
                open_tickets=open_tickets.get(device.device_id, 0),
                now=now,
                started_at=started_at,
            )
            found.append(row)
        return found
