"""What people decided about devices that look alike, in memory."""

from collections.abc import Callable

from sickbay_collector.core.device_pair import Apart, in_order
from sickbay_collector.core.ids import DeviceId


class FakePairStore:
    def __init__(
        self,
        apart: dict[tuple[DeviceId, DeviceId], Apart],
        require_device: Callable[[DeviceId], None],
    ) -> None:
        self._apart = apart
        self._require_device = require_device

    def put_apart(self, decision: Apart) -> None:
        self._require_device(decision.one)
        self._require_device(decision.other)
        self._apart[decision.one, decision.other] = decision

    def apart(self, one: DeviceId, other: DeviceId) -> Apart | None:
        return self._apart.get(in_order(one, other))
