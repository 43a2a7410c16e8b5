"""What the use cases of tags need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import TagCount


class TagStore(Protocol):
    """Tags of devices."""

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, tuple[str, ...]]:
        """Return the tags of these devices, in order; devices without one are left out."""
        ...

    def tagged(self, tags: Collection[str]) -> Sequence[DeviceId]:
        """Return the devices that have at least one of these tags, by id."""
        ...

    def counts(self, *, limit: int) -> Sequence[TagCount]:
        """Return the tags that devices have, in order."""
        ...

    def add(
        self, tags: Collection[str], device_ids: Collection[DeviceId], *, at: datetime, by: str
    ) -> None:
        """Give devices tags; who has one keeps it as it is."""
        ...

    def remove(self, tags: Collection[str], device_ids: Collection[DeviceId]) -> None:
        """Take tags from devices that have them."""
        ...
