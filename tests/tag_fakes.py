"""Tags in memory."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import TagCount


class FakeTagStore:
    """Implements `TagStore`."""

    def __init__(
        self,
        tags: dict[tuple[DeviceId, str], tuple[datetime, str]],
        require_device: Callable[[DeviceId], None],
    ) -> None:
        self._tags = tags
        self._require_device = require_device

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, tuple[str, ...]]:
        found: dict[DeviceId, tuple[str, ...]] = {}
        for device_id, tag in sorted(self._tags):
            if device_id in device_ids:
                found[device_id] = (*found.get(device_id, ()), tag)
        return found

    def tagged(self, tags: Collection[str]) -> Sequence[DeviceId]:
        return sorted({device_id for device_id, tag in self._tags if tag in tags})

    def counts(self, *, limit: int) -> Sequence[TagCount]:
        counted = Counter(tag for _, tag in self._tags)
        found = [TagCount(tag=tag, devices=counted[tag]) for tag in sorted(counted)]
        return found[:limit]

    def add(
        self, tags: Collection[str], device_ids: Collection[DeviceId], *, at: datetime, by: str
    ) -> None:
        for device_id in device_ids:
            self._require_device(device_id)
            for tag in tags:
                self._tags.setdefault((device_id, tag), (at, by))

    def remove(self, tags: Collection[str], device_ids: Collection[DeviceId]) -> None:
        for device_id in device_ids:
            for tag in tags:
                self._tags.pop((device_id, tag), None)
