"""Enrolling devices, renewing their certificates, and revocation."""

import re
from collections.abc import Callable
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
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.core.identity import Judgement, Verdict, usable_clues
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.text import clean_text
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.enrollment_tokens import (
    DENIED,
    TokenRefusedError,
    note_refusal,
    use_token,
)
from sickbay_collector.services.identification import identify, keep_identity, recognise
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

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
    address: str = ""
    """Where it calls from, as the collector sees it; "" where it does not."""


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
        TokenRefusedError: The token does not let it in.
        DeniedError: It is a retry for a device that was shut out since.
        InvalidError: A field is malformed; the message names it.
    """
    _check(command)
    fingerprint = issuer.fingerprint_of(command.csr_der)
    try:
        with open_uow() as uow:
            device = uow.devices.by_nonce(command.nonce.hex())
            if not _is_retry(device, command, fingerprint):
                if device is not None:
                    raise InvalidError("nonce: was used before; take 16 new random bytes")
                token = use_token(uow, command.secret, address=command.address, now=now)
                device = _place(uow, command, token, fingerprint, now, new_id)
            if device is None or device.revoked_at is not None:
                raise DeniedError(DENIED)
            certificate = issuer.issue(command.csr_der, device.device_id, now=now)
            uow.commit()
    except TokenRefusedError as refused:
        note_refusal(open_uow, refused, address=command.address, now=now)
        raise
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
        device = uow.devices.get(peer.device_id, hold=True)
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
        device = uow.devices.get(device_id, hold=True)
        if device is None:
            raise NotFoundError(f"no device has the id {device_id}")
        if device.revoked_at is None:
            device = replace(device, revoked_at=by.at, revoke_reason=clean_text(reason))
            uow.devices.save(device)
            said = {"device": device.hostname, "reason": device.revoke_reason}
            record(uow, by, "revoked", Kept.CERTIFICATE, device_id, after=said)
            uow.commit()
    return device


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


def _place(
    uow: UnitOfWork,
    command: EnrollCommand,
    token: EnrollmentToken,
    fingerprint: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Device:
    """Return the device that enrolls: a known one, if it is that and silent, else a new one.

    A token that demands approval replaces no key of a device that is let in already.
    """
    # Two like it that come in at once would else not see each other.
    uow.identity.hold(usable_clues(command.evidence))
    judged = _judge(uow, command, token, now)
    known = None
    if judged.verdict in {Verdict.SAME, Verdict.RETURNED} and judged.other is not None:
        known = uow.devices.get(judged.other, hold=True)
    if known is not None:
        device = _rekeyed(known, command, fingerprint)
        uow.devices.save(device)
    else:
        is_twin = judged.verdict == Verdict.POSSIBLE
        device = replace(
            _new_device(command, fingerprint, now, DeviceId(new_id())),
            status=DeviceStatus.PENDING if token.approval else DeviceStatus.ACTIVE,
            possible_duplicate_of=judged.other if is_twin else None,
        )
        uow.devices.add(device)
    keep_identity(uow, device, judged, now=now)
    _write_down(uow, device, token, command.address, judged, now)
    return device


def _judge(
    uow: UnitOfWork, command: EnrollCommand, token: EnrollmentToken, now: datetime
) -> Judgement:
    """Return what a device is taken for: by its agent where that is known, else by its hardware."""
    known = uow.devices.by_instance(command.agent_instance_id)
    if known is None:
        return identify(uow, command.evidence, adopts=token.adopt, now=now)
    judged = recognise(uow, known, command.evidence, needs_approval=token.approval, now=now)
    # Of a record that ended nobody is a twin, but of the device that it goes on as.
    survivor = uow.pairs.survivors([known.device_id]).get(known.device_id)
    return judged if survivor is None else replace(judged, other=survivor)


def _rekeyed(known: Device, command: EnrollCommand, fingerprint: str) -> Device:
    """Return a device with the key of who enrolls as it; the old key is refused from now on."""
    return replace(
        known,
        hostname=clean_text(command.hostname, limit=253),
        agent_instance_id=command.agent_instance_id,
        key_fingerprint=fingerprint,
        next_key_fingerprint="",
        enroll_nonce=command.nonce.hex(),
        evidence=command.evidence,
        agent_version=clean_text(command.agent_version, limit=64),
        capabilities=_capabilities(command),
    )


def _write_down(
    uow: UnitOfWork,
    device: Device,
    token: EnrollmentToken,
    address: str,
    judged: Judgement,
    now: datetime,
) -> None:
    """Keep how a device came in, with itself and in the audit."""
    came = EnrollmentRecord(
        device_id=device.device_id, at=now, token_id=token.token_id, address=address
    )
    uow.enrollments.put(came)
    said = {
        "device": device.hostname,
        "token": token.token_id,
        "address": address,
        "status": device.status.value,
        "verdict": judged.verdict.value,
        "duplicate_of": device.possible_duplicate_of or "",
    }
    action = "adopted" if judged.verdict == Verdict.SAME else "enrolled"
    record(uow, By(at=now), action, Kept.CERTIFICATE, device.device_id, after=said)


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


def _live(uow: UnitOfWork, device_id: DeviceId) -> Device:
    device = uow.devices.get(device_id, hold=True)
    if device is None or device.revoked_at is not None:
        raise DeniedError("the device is revoked or unknown")
    return device
