"""What deciding about pairs of devices needs of the outside."""

from typing import Protocol

from sickbay_collector.core.device_pair import Apart
from sickbay_collector.core.ids import DeviceId


class PairStore(Protocol):
    """What people decided about devices that look alike."""

    def put_apart(self, decision: Apart) -> None:
        """Keep that two devices are different, in place of what was kept of them."""
        ...

    def apart(self, one: DeviceId, other: DeviceId) -> Apart | None:
        """Return the decision that two devices are different, in whichever order."""
        ...
