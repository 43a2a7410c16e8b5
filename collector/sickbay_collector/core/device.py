"""A device: who it is and what it matters; presence is worked out from its reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.ids import DeviceId


class DeviceStatus(StrEnum):
    """Where a device is in its life. Presence is separate."""

    PENDING = "pending"
    ACTIVE = "active"
    QUARANTINED = "quarantined"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"
    DISPOSED = "disposed"


class DeviceClass(StrEnum):
    """What a device is for."""

    WORKSTATION = "workstation"
    LAPTOP = "laptop"
    SERVER = "server"
    ALWAYS_ON = "always_on"


class Criticality(StrEnum):
    """What is lost when the device is."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
    """A spare or unused device."""


class Goodbye(StrEnum):
    """Why a device said that it stops reporting."""

    NONE = ""
    ASLEEP = "asleep"
    SHUTTING_DOWN = "shutting_down"
    AGENT_STOPPING = "agent_stopping"


class Presence(StrEnum):
    """Whether a device can be expected to report."""

    ONLINE = "online"
    LATE = "late"
    LOST = "lost"
    ASLEEP = "asleep"
    SHUT_DOWN = "shut_down"
    UNKNOWN = "unknown"


class CertificateState(StrEnum):
    """How long the certificate that a device uses is still good for."""

    VALID = "valid"
    EXPIRING = "expiring"
    """A quarter of its time is left: agents renew with half of it left."""
    EXPIRED = "expired"
    """As of a device that was off for long; it renews when it is back."""
    UNKNOWN = "unknown"
    """None was used yet."""


EXPIRING_SHARE = 0.25
"""Of its time that is left when a certificate counts as expiring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What identifies the hardware; "" where there is none."""

    smbios_uuid: str = ""
    system_serial: str = ""
    board_serial: str = ""
    chassis_asset_tag: str = ""
    machine_id: str = ""
    permanent_macs: tuple[str, ...] = ()
    boot_drive_serial: str = ""
    virtualization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device as the collector keeps it."""

    device_id: DeviceId
    hostname: str
    status: DeviceStatus
    device_class: DeviceClass
    criticality: Criticality
    agent_instance_id: str
    agent_version: str
    capabilities: tuple[str, ...]
    key_fingerprint: str
    """SHA-256 of the public key that the device uses, hexadecimal."""
    next_key_fingerprint: str
    """Of a renewed key that was not used yet; "" where there is none."""
    evidence: Evidence
    enrolled_at: datetime
    enroll_nonce: str
    revoked_at: datetime | None
    revoke_reason: str
    possible_duplicate_of: DeviceId | None
    certificate_issued_at: datetime | None = None
    """Of the newest certificate that the device used; None, as the next, before it used any."""
    certificate_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentToken:
    """Lets devices enroll. Only a hash of its secret is kept."""

    token_id: str
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None
    comment: str
    networks: tuple[str, ...] = ()
    """From which networks it may be used, as `parse_networks` returns them; () for all."""
    approval: bool = False
    """Whether devices that use it wait for somebody's approval."""
    adopt: bool = False
    """Whether a machine that is known and silent becomes its device again, with a new key."""
    refusals: int = 0
    """How often it was shown in vain: too late, too often, or from elsewhere."""
    refused_at: datetime | None = None
    """When that was last."""
    refused_from: str = ""
    """From which address that was last."""


_SAID = MappingProxyType(
    {Goodbye.ASLEEP: Presence.ASLEEP, Goodbye.SHUTTING_DOWN: Presence.SHUT_DOWN}
)


def presence(
    *,
    last_received_at: datetime | None,
    report_interval_s: float,
    goodbye: Goodbye,
    collector_started_at: datetime,
    now: datetime,
) -> Presence:
    """Return whether a device can be expected to report.

    Online until twice the interval and 30 s, late until max(15 min, five intervals), then lost. A
    collector that is itself up for less than two intervals does not judge silence.
    """
    if last_received_at is None:
        return Presence.UNKNOWN
    if goodbye in _SAID:
        return _SAID[goodbye]
    silent_s = (now - last_received_at).total_seconds()
    if silent_s <= online_s(report_interval_s):
        return Presence.ONLINE
    if (now - collector_started_at).total_seconds() < 2 * report_interval_s:
        return Presence.UNKNOWN
    if silent_s <= lost_after_s(report_interval_s):
        return Presence.LATE
    return Presence.LOST


def certificate_state(device: Device, now: datetime) -> CertificateState:
    """Return how long a device's certificate is still good for."""
    issued_at, expires_at = device.certificate_issued_at, device.certificate_expires_at
    if issued_at is None or expires_at is None:
        return CertificateState.UNKNOWN
    if expires_at <= now:
        return CertificateState.EXPIRED
    if expires_at - now <= EXPIRING_SHARE * (expires_at - issued_at):
        return CertificateState.EXPIRING
    return CertificateState.VALID


def online_s(report_interval_s: float) -> float:
    """Return for how long a device counts as online without a report."""
    return 2 * report_interval_s + 30


def lost_after_s(report_interval_s: float) -> float:
    """Return for how long a device counts as late rather than lost."""
    return max(900.0, 5 * report_interval_s)


def evidence_from(fields: Mapping[str, str | tuple[str, ...]]) -> Evidence:
    """Return the evidence that was stored as plain fields; unknown names are ignored."""
    known = {name: fields[name] for name in Evidence.__slots__ if name in fields}
    return Evidence(**known)  # type: ignore[arg-type]
