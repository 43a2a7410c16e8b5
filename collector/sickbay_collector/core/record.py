"""What a device reports, once decoded: records in lanes, and the request around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.device import Goodbye
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.lane import Lane
from sickbay_collector.core.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryHashes:
    """The hashes of all sections that a device has now, by kind."""

    observed_at: datetime
    hashes: Mapping[str, bytes]
    absences: Mapping[str, str]
    """Kind -> why there is no such section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Records that the agent had to drop."""

    lane: Lane
    first_seq: int
    last_seq: int
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProblem:
    """A problem in the user's own words."""

    observed_at: datetime
    text: str
    user_name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record whose body will never be accepted, and why."""

    reason: str


Content: TypeAlias = Sample | InventoryHashes | Gap | UserProblem | Refused


@dataclass(frozen=True, slots=True)
class Record:
    """One record at its place in its lane."""

    lane: Lane
    epoch: bytes
    seq: int
    content_hash: bytes
    content: Content
    refused_values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One request of one device."""

    device_id: DeviceId
    records: tuple[Record, ...]
    unplaced: Mapping[int, str] = field(default_factory=dict)
    """Envelopes, by position in the request, that have no place in a lane, and why."""
    received_at: datetime
    sent_at: datetime | None
    """By the device's clock."""
    goodbye: Goodbye
    report_interval_s: float
    agent_version: str
    capabilities: tuple[str, ...]
    platform: str
    """Family of the operating system: "linux", "windows", "macos"; "" where not said."""
    size_bytes: int
    agent: AgentStatus | None = None
    """How the agent fares; None where it does not say."""
