"""What lists and headers of devices need of the outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.device_rows import DeviceRow


class LineStore(Protocol):
    """Devices as lines, without their evaluation states."""

    def rows(
        self,
        devices: Sequence[Device],
        *,
        open_tickets: Mapping[DeviceId, int],
        now: datetime,
        started_at: datetime,
    ) -> Sequence[DeviceRow]:
        """Return these devices as lines of a list, in their order.

        Args:
            devices: Which.
            open_tickets: How many they have; 0 where one is missing.
            now: The present time.
            started_at: Since when this collector can hear devices.
        """
        ...
