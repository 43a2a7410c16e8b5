"""Enrolling devices and renewing their certificates; tokens and revocation.

A stranger learns nothing from a refusal: a wrong, expired, used-up and revoked token give the same
answer.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    EnrollmentToken,
    Evidence,
)
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.text import clean_text
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

DENIED = "the enrollment token is not valid"
# A device that reported within the last hour is alive: nobody else becomes it.
_ALIVE = timedelta(hours=1)
RENEWAL_GRACE = timedelta(days=30)
"""How long after its expiry a certificate may still be renewed."""
_NONCE_BYTES = 16
# Stored and compared as it is, so nothing in it may need cleaning.
_INSTANCE_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class KnownPeer(Protocol):
    """What a device certificate of our authority says."""

    @property
    def device_id(self) -> DeviceId: ...  # noqa: D102 - named by type
    @property
    def key_fingerprint(self) -> str: ...  # noqa: D102 - named by type
    @property
    def issued_at(self) -> datetime: ...  # noqa: D102 - named by type
    @property
    def not_after(self) -> datetime: ...  # noqa: D102 - named by type


class Issuer(Protocol):
    """Signs device certificates; see `pki.Authority`."""

    def fingerprint_of(self, csr_der: bytes) -> str:
        """Return the fingerprint of the key in a signing request; InvalidError if it is none."""
        ...

    def issue(self, csr_der: bytes, device_id: DeviceId, *, now: datetime) -> "Certificate":
        """Return a certificate for the key in a signing request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A device certificate with what the agent needs beside it."""

    chain_der: tuple[bytes, ...]
    authorities_der: tuple[bytes, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollCommand:
    """What an agent says when it enrolls."""

    secret: str
    csr_der: bytes
    agent_instance_id: str
    nonce: bytes
    hostname: str
    evidence: Evidence
    agent_version: str
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """An enrollment token with its secret, which is shown once."""

    token: EnrollmentToken
    secret: str


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret of 128 random bits or more: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def enroll(
    command: EnrollCommand,
    open_uow: OpenUnitOfWork,
    issuer: Issuer,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[DeviceId, Certificate]:
    """Return the device of an agent and a certificate for its key.

    The same nonce, instance and key is a retry whose answer was lost: same device, no token used.

    Raises:
        DeniedError: The token is unknown, expired, used up or revoked.
        InvalidError: A field is malformed; the message names it.
    """
    _check(command)
    fingerprint = issuer.fingerprint_of(command.csr_der)
    with open_uow() as uow:
        device = uow.devices.by_nonce(command.nonce.hex())
        if not _is_retry(device, command, fingerprint):
            if device is not None:
                raise InvalidError("nonce: was used before; take 16 new random bytes")
            _use_token(uow, command.secret, now)
            device = _place(uow, command, fingerprint, now, new_id)
        if device is None or device.revoked_at is not None:
            raise DeniedError(DENIED)
        certificate = issuer.issue(command.csr_der, device.device_id, now=now)
        uow.commit()
    return device.device_id, certificate


def renew(
    device_id: DeviceId, csr_der: bytes, open_uow: OpenUnitOfWork, issuer: Issuer, *, now: datetime
) -> Certificate:
    """Return a certificate for a new key; the old key works until the new one was used.

    Raises:
        DeniedError: The device is revoked.
        InvalidError: The request is malformed.
    """
    fingerprint = issuer.fingerprint_of(csr_der)
    with open_uow() as uow:
        device = _live(uow, device_id)
        if fingerprint != device.key_fingerprint:
            uow.devices.save(replace(device, next_key_fingerprint=fingerprint))
        certificate = issuer.issue(csr_der, device_id, now=now)
        uow.commit()
    return certificate


def renew_expired(
    peer: KnownPeer, csr_der: bytes, open_uow: OpenUnitOfWork, issuer: Issuer, *, now: datetime
) -> Certificate:
    """Return a certificate for a device whose old one has expired; possession is proven.

    Raises:
        DeniedError: It expired more than 30 days ago, its key is not the device's present one, or
            the device is revoked.
        InvalidError: The request is malformed.
    """
    if now - peer.not_after > RENEWAL_GRACE:
        raise DeniedError(
            f"the certificate expired more than {RENEWAL_GRACE.days} days ago: enroll again"
        )
    with open_uow() as uow:
        device = _live(uow, peer.device_id)
    if peer.key_fingerprint not in {device.key_fingerprint, device.next_key_fingerprint}:
        raise DeniedError("the certificate was replaced by a newer one")
    return renew(peer.device_id, csr_der, open_uow, issuer, now=now)


def note_certificate(peer: KnownPeer, open_uow: OpenUnitOfWork) -> None:
    """Keep which certificate a device uses, the newest where it uses several.

    A renewed key becomes its only one, because it was used.
    """
    with open_uow() as uow:
        device = uow.devices.get(peer.device_id)
        if device is None:
            return
        noted = device
        if device.next_key_fingerprint == peer.key_fingerprint:
            noted = replace(noted, key_fingerprint=peer.key_fingerprint, next_key_fingerprint="")
        if noted.key_fingerprint == peer.key_fingerprint and is_newer(peer, device):
            noted = replace(
                noted, certificate_issued_at=peer.issued_at, certificate_expires_at=peer.not_after
            )
        if noted != device:
            uow.devices.save(noted)
            uow.commit()


def is_newer(peer: KnownPeer, device: Device) -> bool:
    """Return whether a certificate expires later than the one that was noted of its device."""
    known = device.certificate_expires_at
    return known is None or known < peer.not_after


def revoke(device_id: DeviceId, reason: str, open_uow: OpenUnitOfWork, *, by: By) -> Device:
    """Shut a device out; its certificate is refused within seconds.

    Raises:
        NotFoundError: There is no such device.
    """
    with open_uow() as uow:
        device = uow.devices.get(device_id)
        if device is None:
            raise NotFoundError(f"no device has the id {device_id}")
        if device.revoked_at is None:
            device = replace(device, revoked_at=by.at, revoke_reason=clean_text(reason))
            uow.devices.save(device)
            said = {"device": device.hostname, "reason": device.revoke_reason}
            record(uow, by, "revoked", Kept.CERTIFICATE, device_id, after=said)
            uow.commit()
    return device


def make_token(
    open_uow: OpenUnitOfWork,
    *,
    by: By,
    lifetime: timedelta,
    max_uses: int,
    comment: str,
    new_id: Callable[[], str],
) -> NewToken:
    """Make an enrollment token; its secret is in the answer and nowhere else.

    Raises:
        InvalidError: Lifetime or uses are out of range.
    """
    if not timedelta(minutes=1) <= lifetime <= timedelta(days=365):
        raise InvalidError("lifetime: between 1 minute and 365 days")
    if not 1 <= max_uses <= 100_000:
        raise InvalidError(f"uses: between 1 and 100000, not {max_uses}")
    secret = secrets.token_urlsafe(24)
    token = EnrollmentToken(
        token_id=new_id(),
        secret_hash=hash_secret(secret),
        created_at=by.at,
        expires_at=by.at + lifetime,
        max_uses=max_uses,
        uses=0,
        revoked_at=None,
        comment=clean_text(comment),
    )
    with open_uow() as uow:
        uow.tokens.add(token)
        record(uow, by, "made", Kept.ENROLLMENT_TOKEN, token.token_id, after=_plain(token))
        uow.commit()
    return NewToken(token=token, secret=secret)


def revoke_token(open_uow: OpenUnitOfWork, token_id: str, *, by: By) -> EnrollmentToken:
    """End an enrollment token; devices that used it stay.

    Raises:
        NotFoundError: There is none with that id, or it was revoked before.
    """
    with open_uow() as uow:
        token = next((one for one in uow.tokens.all() if one.token_id == token_id), None)
        if token is None or not uow.tokens.revoke(token_id, at=by.at):
            raise NotFoundError(f"no live token has the id {token_id[:64]}")
        record(uow, by, "revoked", Kept.ENROLLMENT_TOKEN, token_id, before=_plain(token))
        uow.commit()
    return token


def _plain(token: EnrollmentToken) -> Mapping[str, str]:
    return {
        "uses": str(token.max_uses),
        "until": token.expires_at.isoformat(timespec="seconds"),
        "comment": token.comment,
    }


def _check(command: EnrollCommand) -> None:
    if len(command.nonce) != _NONCE_BYTES:
        raise InvalidError(f"nonce: {_NONCE_BYTES} bytes, not {len(command.nonce)}")
    if not _INSTANCE_ID.fullmatch(command.agent_instance_id):
        raise InvalidError("agent_instance_id: 8 to 64 letters, digits and hyphens")
    if len(command.secret) > 256:
        raise InvalidError("token: at most 256 characters")


def _is_retry(device: Device | None, command: EnrollCommand, fingerprint: str) -> bool:
    return (
        device is not None
        and device.agent_instance_id == command.agent_instance_id
        and device.key_fingerprint == fingerprint
    )


def _use_token(uow: UnitOfWork, secret: str, now: datetime) -> None:
    token = uow.tokens.by_hash(hash_secret(secret))
    if token is None or not uow.tokens.take_use(token.token_id, now=now):
        raise DeniedError(DENIED)


def _place(
    uow: UnitOfWork,
    command: EnrollCommand,
    fingerprint: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Device:
    """Return the device that enrolls: the one of this agent if it is silent, else a new one."""
    known = uow.devices.by_instance(command.agent_instance_id)
    if known is not None and known.revoked_at is None and not _is_alive(uow, known, now):
        device = replace(
            known,
            hostname=clean_text(command.hostname, limit=253),
            key_fingerprint=fingerprint,
            next_key_fingerprint="",
            enroll_nonce=command.nonce.hex(),
            evidence=command.evidence,
            agent_version=clean_text(command.agent_version, limit=64),
            capabilities=_capabilities(command),
        )
        uow.devices.save(device)
        return device
    device = _new_device(command, fingerprint, now, DeviceId(new_id()))
    if known is not None:
        device = replace(device, possible_duplicate_of=known.device_id)
    uow.devices.add(device)
    return device


def _new_device(
    command: EnrollCommand, fingerprint: str, now: datetime, device_id: DeviceId
) -> Device:
    return Device(
        device_id=device_id,
        hostname=clean_text(command.hostname, limit=253),
        status=DeviceStatus.ACTIVE,
        device_class=DeviceClass.WORKSTATION,
        criticality=Criticality.NORMAL,
        agent_instance_id=command.agent_instance_id,
        agent_version=clean_text(command.agent_version, limit=64),
        capabilities=_capabilities(command),
        key_fingerprint=fingerprint,
        next_key_fingerprint="",
        evidence=command.evidence,
        enrolled_at=now,
        enroll_nonce=command.nonce.hex(),
        revoked_at=None,
        revoke_reason="",
        possible_duplicate_of=None,
    )


def _capabilities(command: EnrollCommand) -> tuple[str, ...]:
    return tuple(clean_text(name, limit=64) for name in command.capabilities[:32])


def _is_alive(uow: UnitOfWork, device: Device, now: datetime) -> bool:
    state = uow.states.load([device.device_id]).get(device.device_id)
    return state is not None and now - state.received_at < _ALIVE


def _live(uow: UnitOfWork, device_id: DeviceId) -> Device:
    device = uow.devices.get(device_id)
    if device is None or device.revoked_at is not None:
        raise DeniedError("the device is revoked or unknown")
    return device
