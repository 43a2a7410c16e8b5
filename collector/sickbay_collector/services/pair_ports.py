"""What deciding about pairs of devices needs of the outside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sickbay_collector.core.device_pair import Alias, Apart
from sickbay_collector.core.ids import DeviceId


class PairStore(Protocol):
    """What people decided about devices that look alike."""

    def put_apart(self, decision: Apart) -> None:
        """Keep that two devices are different, in place of what was kept of them."""
        ...

    def apart(self, one: DeviceId, other: DeviceId) -> Apart | None:
        """Return the decision that two devices are different, in whichever order."""
        ...

    def apart_of(self, device_id: DeviceId) -> Sequence[Apart]:
        """Return the decisions that a device is different from others."""
        ...

    def drop_apart(self, one: DeviceId, other: DeviceId) -> None:
        """Forget that two devices are different."""
        ...

    def put_alias(self, alias: Alias) -> None:
        """Keep that a record ended; what ended for it before goes on with the survivor too."""
        ...

    def alias(self, device_id: DeviceId) -> Alias | None:
        """Return how a record ended; None for one that did not."""
        ...

    def aliases_of(self, survivor: DeviceId) -> Sequence[Alias]:
        """Return the records that a device goes on for, the last one that ended first."""
        ...

    def survivors(
        self, device_ids: Collection[DeviceId], *, name: str = ""
    ) -> Mapping[DeviceId, DeviceId]:
        """Return for records that ended as what they go on.

        Of these ids, and those that had this host name, whatever its case.
        """
        ...

    def hand_over(self, ended: DeviceId, survivor: DeviceId) -> None:
        """Give the survivor what belongs to a record that ends.

        Tickets, alerts with what muted them, repairs, problems; and who may be it may be the
        survivor now. Nobody may have two open tickets of a family then.

        Raises:
            ConflictError: Both have one (raised by the unit of work).
        """
        ...
