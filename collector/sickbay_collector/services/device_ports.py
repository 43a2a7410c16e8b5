"""What the use cases need of devices: who and how they are, and what they consist of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.device import Criticality, Device, DeviceClass
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent, SectionVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """The row that every report of a device updates: evaluation state and the running hour."""

    device_id: DeviceId
    version: int
    """Counts writes, from 1; 0 means that there is no row yet."""
    received_at: datetime
    observed_at: datetime | None
    report_interval_s: float
    goodbye: str
    clock_offset_s: float
    score: float | None
    score_low: float
    score_high: float
    confidence: float
    open_alerts: int
    state: bytes
    """The device's evaluation state as `core.state` writes it."""
    hour: int
    """The running hour: hours since 1970."""
    frames: bytes
    """The running hour's samples as `db.history` packs them."""
    score_day_ago: float | None = None
    """What the score was a day or some ago; None where that is not known, or not comparable."""
    score_week_ago: float | None = None


class DeviceStore(Protocol):
    """Devices."""

    def get(self, device_id: DeviceId, *, hold: bool = False) -> Device | None:
        """Return a device; with `hold` nobody else writes it until the transaction ends."""
        ...

    def load(self, device_ids: Collection[DeviceId]) -> Sequence[Device]:
        """Return those of the devices that are there, by id."""
        ...

    def by_nonce(self, enroll_nonce: str) -> Device | None: ...
    def by_instance(self, agent_instance_id: str) -> Device | None: ...
    def add(self, device: Device) -> None: ...
    def save(self, device: Device) -> None: ...
    def all(self) -> Sequence[Device]: ...
    def named(self, name: str, *, limit: int) -> Sequence[Device]:
        """Return the devices of this host name whatever its case, else those it begins, by name."""
        ...

    def revoked(self, *, limit: int) -> Sequence[Device]:
        """Return devices that are shut out, the last one first."""
        ...

    def pending(self, *, limit: int) -> Sequence[Device]:
        """Return devices that wait for approval and are not shut out, the oldest first."""
        ...

    def twins(self, *, limit: int) -> Sequence[Device]:
        """Return devices in service that may be known ones, the last enrolled first."""
        ...

    def activate(self, device_id: DeviceId) -> bool:
        """Make a device active that waits for approval and is not shut out; False for others."""
        ...

    def classify(
        self, device_id: DeviceId, *, device_class: DeviceClass, criticality: Criticality
    ) -> None:
        """Write what a device is for, and nothing else of it."""
        ...


class EnrollmentStore(Protocol):
    """How devices came in."""

    def put(self, record: EnrollmentRecord) -> None:
        """Keep how a device came in, in place of the last time."""
        ...

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, EnrollmentRecord]:
        """Return how these devices came in, those of which it is known."""
        ...


class StateStore(Protocol):
    """Evaluation state, one row a device."""

    def load(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, StoredState]: ...
    def save(self, states: Sequence[StoredState]) -> Collection[DeviceId]:
        """Write rows whose version is one above the stored; return devices where it was not."""
        ...


class SectionStore(Protocol):
    """Inventory sections by content, and their dated versions by device."""

    def known(self, hashes: Collection[bytes]) -> Collection[bytes]: ...
    def put(self, content_hash: bytes, content: SectionContent) -> None: ...
    def content(self, content_hash: bytes) -> SectionContent | None: ...
    def contents(self, hashes: Collection[bytes]) -> Mapping[bytes, SectionContent]:
        """Return those of the contents that are stored."""
        ...

    def current(self, device_id: DeviceId) -> Sequence[SectionVersion]: ...
    def versions(
        self, device_id: DeviceId, *, since: datetime | None = None
    ) -> Sequence[SectionVersion]:
        """Return versions that were current at or after `since`, oldest first by kind."""
        ...

    def attach(self, device_id: DeviceId, kind: str, content_hash: bytes, *, at: datetime) -> None:
        """End the present version of the kind and begin this one, unless it is the same."""
        ...

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        """Give a device the versions of a record that ends, in one chain with its own."""
        ...
