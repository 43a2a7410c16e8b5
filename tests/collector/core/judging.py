"""Records and a device to judge."""

import hashlib
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.alerts.engine import DeviceFacts
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.record import Content, Record
from sickbay_collector.core.sample import Sample, VolumeFacts

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
EPOCH = b"e" * 16
FACTS = DeviceFacts(
    platform="linux",
    device_class=DeviceClass.LAPTOP,
    criticality=Criticality.NORMAL,
    enrolled_at=NOW - timedelta(days=30),
)


def a_sample(at: datetime = NOW, *, free_ratio: float = 0.5, busy_ratio: float = 0.1) -> Sample:
    """Return the sample of a laptop with one volume."""
    return Sample(
        observed_at=at,
        boot_id="boot-1",
        readings={
            "cpu.busy_ratio": {"": busy_ratio},
            "volume.free_ratio": {"root": free_ratio},
            "volume.used_ratio": {"root": 1 - free_ratio},
            "volume.free_bytes": {"root": free_ratio * 2**38},
            "volume.total_bytes": {"root": 2.0**38},
        },
        volumes={"root": VolumeFacts(mount_point="/", is_system=True)},
        drives={},
    )


def a_record(
    content: Content, *, seq: int = 1, lane: Lane = Lane.SAMPLES, epoch: bytes = EPOCH
) -> Record:
    """Return a record whose hash follows from its content and place."""
    digest = hashlib.sha256(f"{seq} {content!r}".encode()).digest()
    return Record(lane, epoch, seq, digest, content, 0)
