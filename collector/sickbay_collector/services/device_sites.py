"""Where devices are, by their asset records."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sickbay_collector.core.asset import AssetField, settle
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.ports import UnitOfWork


def sites_of(
    uow: UnitOfWork, device_ids: Collection[DeviceId] | None, *, now: datetime
) -> Mapping[DeviceId, str]:
    """Return the ids of the devices' sites, of all devices for None; unknown ones are left out."""
    found: dict[DeviceId, str] = {}
    for device_id, asset in uow.assets.load(device_ids).items():
        settled = settle(AssetField.SITE, asset.claims, now)
        if settled is not None:
            found[device_id] = settled.value
    return found
