"""What agent and collector say to each other, as values, and how calls fail.

The loop knows only this; `transport` turns it into messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sickbay_agent.errors import TransportError
from sickbay_agent.model.record import Lane

# Limits of one call; source: proto/sickbay/v1/telemetry.proto.
MAX_RECORDS = 100
MAX_REPORT_BYTES = 1 << 20
MAX_SECTIONS = 16
MAX_UPLOAD_BYTES = 4 << 20

DEADLINE_S = 20.0


class Goodbye(StrEnum):
    """Why a device stops reporting for a while."""

    NONE = "none"
    ASLEEP = "asleep"
    SHUTTING_DOWN = "shutting down"
    AGENT_STOPPING = "agent stopping"


class RecordStatus(StrEnum):
    """What became of a record or section."""

    OTHER = "other"
    """Something that this agent does not know: it asks again."""
    OK = "ok"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Reaction(StrEnum):
    """What to do after a call that failed."""

    RETRY = "retry"
    """Again, with backoff, for ever."""
    REFUSED = "refused"
    """Keep records and ask once an hour: certificate or token is not accepted."""
    INCOMPATIBLE = "incompatible"
    """Keep records and ask once an hour: one side is too old for the other."""


class CallError(TransportError):
    """A call to the collector failed.

    Args:
        message: One sentence for a person.
        reaction: What to do.
        pushback_s: How long the collector asks to stay away, at least.
        is_lost: Whether the connection failed, and not the call on it.
    """

    def __init__(
        self, message: str, *, reaction: Reaction, pushback_s: float = 0.0, is_lost: bool = False
    ) -> None:
        super().__init__(message)
        self.reaction = reaction
        self.pushback_s = pushback_s
        self.is_lost = is_lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A record on its way."""

    lane: Lane
    epoch: bytes
    seq: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStatus:
    """How the agent itself fares."""

    sample_interval_s: float
    uptime_s: float
    waiting_records: int
    """Behind those of the report."""
    spool_bytes: int
    """On disk, records of the report included."""
    cpu_time_s: float
    rss_bytes: int | None
    """None where the system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A batch of records."""

    records: tuple[Outgoing, ...]
    sent_at: datetime
    report_interval_s: float
    goodbye: Goodbye = Goodbye.NONE
    own: OwnStatus | None = None
    """None where no agent runs that could tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """What became of a record."""

    lane: Lane | None
    """None for a lane that this agent does not know."""
    seq: int
    status: RecordStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMark:
    """How far a lane is durable at the collector."""

    lane: Lane
    epoch: bytes
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLine:
    """A line that a metric crosses when something is wrong."""

    metric: str
    instance: str = ""
    """Empty for all."""
    below: float | None = None
    above: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the collector wants the agent to behave. None leaves the agent's own setting."""

    version: int = 0
    sample_interval_s: float | None = None
    report_interval_s: float | None = None
    slow_interval_s: float | None = None
    process_names: bool | None = None
    watch_lines: tuple[WatchLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a report."""

    results: tuple[RecordResult, ...] = ()
    """One for each record, in order."""
    marks: tuple[LaneMark, ...] = ()
    missing_hashes: tuple[bytes, ...] = ()
    settings: Settings | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A section with its hash, serialised."""

    hash: bytes
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionResult:
    """What became of a section."""

    hash: bytes
    status: RecordStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A certificate that the collector issued."""

    chain_der: tuple[bytes, ...]
    """Leaf first."""
    authorities_der: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareEvidence:
    """What identifies the hardware; empty where unknown."""

    smbios_uuid: str = ""
    system_serial: str = ""
    board_serial: str = ""
    chassis_asset_tag: str = ""
    machine_id: str = ""
    permanent_macs: tuple[str, ...] = ()
    boot_drive_serial: str = ""
    virtualization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """A request for a device identity."""

    token: str
    csr_der: bytes
    instance_id: str
    nonce: bytes
    hostname: str
    evidence: HardwareEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredRenewal:
    """A request for a certificate in place of an expired one."""

    certificate_der: bytes
    csr_der: bytes
    nonce: bytes
    signed_at: datetime
    signature: bytes


class Collector(Protocol):
    """The collector's port for enrolled agents."""

    def report(self, report: Report, *, deadline_s: float = DEADLINE_S) -> Answer:
        """Deliver a batch; return once it is durable.

        Raises:
            CallError: It may or may not be; send it again.
        """
        ...

    def upload_sections(self, uploads: Sequence[Upload]) -> tuple[SectionResult, ...]:
        """Deliver inventory sections.

        Raises:
            CallError: Send them again.
        """
        ...

    def renew(self, csr_der: bytes) -> Grant:
        """Return a certificate for a new key.

        Raises:
            CallError: There is none.
        """
        ...

    def close(self) -> None:
        """Let the connection go; the next call makes a new one."""
        ...


class EnrollmentDesk(Protocol):
    """The collector's port for agents without a valid certificate."""

    def enroll(self, request: Enrollment) -> Grant:
        """Return a first certificate.

        Raises:
            CallError: There is none.
        """
        ...

    def renew_expired(self, request: ExpiredRenewal) -> Grant:
        """Return a certificate in place of an expired one.

        Raises:
            CallError: There is none.
        """
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...
