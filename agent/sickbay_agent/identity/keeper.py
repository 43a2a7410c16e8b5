"""Gets the identity and keeps it valid: enroll once, renew at half-life, renew late if need be."""

import hashlib
import logging
import os
from collections.abc import Callable
from datetime import datetime

from sickbay_agent.backoff import share
from sickbay_agent.exchange import (
    Collector,
    Enrollment,
    EnrollmentDesk,
    ExpiredRenewal,
    HardwareEvidence,
)
from sickbay_agent.identity.keysmith import Keysmith
from sickbay_agent.identity.pem import as_der
from sickbay_agent.identity.store import NONCE_BYTES, Identity, IdentityStore

log = logging.getLogger(__name__)

# Source: proto/sickbay/v1/enrollment.proto, RenewExpiredRequest.signature.
_PROOF = b"sickbay renew expired v1\0"
# Source: SPIRE renews at half of the lifetime; spread by a tenth so that a fleet does not align.
_RENEW_AT = 0.5
_SPREAD = 0.1
_END = "-----END CERTIFICATE-----"


def renewal_due_at(identity: Identity) -> datetime:
    """Return when a certificate is to be renewed: at 40 to 60 % of its lifetime."""
    lifetime = identity.not_after - identity.not_before
    spread = _SPREAD * (2.0 * share(identity.device_id, "renewal") - 1.0)
    return identity.not_before + lifetime * (_RENEW_AT + spread)


def proof_message(nonce: bytes, signed_at: datetime, csr_sha256: bytes) -> bytes:
    """Return what the key of an expired certificate signs to prove that it is there."""
    return _PROOF + nonce + int(signed_at.timestamp()).to_bytes(8, "big") + csr_sha256


class IdentityKeeper:
    """The identity, and how it comes to be.

    Args:
        store: Where it is kept.
        keysmith: Who makes keys and signatures.
        open_desk: Connects to the enrollment port, trusting these authorities (PEM).
    """

    def __init__(
        self,
        store: IdentityStore,
        keysmith: Keysmith,
        open_desk: Callable[[bytes], EnrollmentDesk],
    ) -> None:
        self._store = store
        self._keysmith = keysmith
        self._open_desk = open_desk

    def load(self) -> Identity | None:
        """Return the identity; None before the first enrollment.

        Raises:
            IdentityError: Its files are damaged.
        """
        return self._store.load()

    def enroll(
        self,
        *,
        token: str,
        authority_pem: bytes,
        hostname: str,
        evidence: HardwareEvidence,
    ) -> Identity:
        """Return the identity, which is asked for if there is none.

        An enrollment that broke off is taken up with the same key and nonce, so that the
        collector answers with the same device.

        Raises:
            IdentityError: Another process is at it, or the answer is of no use.
            CallError: The collector did not give one.
        """
        self._store.prepare()
        lock = self._store.lock()
        try:
            known = self._store.load()
            if known is not None:
                return known
            pending = self._store.begin_enrollment()
            key_file = self._store.key_file(pending.generation)
            request = Enrollment(
                token=token,
                csr_der=self._keysmith.request(key_file),
                instance_id=self._store.instance_id(),
                nonce=pending.nonce,
                hostname=hostname,
                evidence=evidence,
            )
            desk = self._open_desk(authority_pem)
            try:
                grant = desk.enroll(request)
            finally:
                desk.close()
            checked = self._keysmith.check(key_file, grant)
            identity = self._store.commit(pending.generation, checked)
        finally:
            lock.release()
        log.info("device=%s enrolled until=%s", identity.device_id, identity.not_after.isoformat())
        return identity

    def renew(self, collector: Collector, identity: Identity) -> Identity:
        """Return the identity with a new key and certificate.

        Raises:
            IdentityError: The answer is of no use; the old one still counts.
            CallError: The collector did not give one.
        """
        lock = self._store.lock()
        try:
            generation = identity.generation + 1
            key_file = self._store.key_file(generation)
            grant = collector.renew(self._keysmith.request(key_file))
            renewed = self._store.commit(generation, self._keysmith.check(key_file, grant))
        finally:
            lock.release()
        return _same_device(identity, renewed)

    def renew_expired(self, identity: Identity, *, now: datetime) -> Identity:
        """Return the identity with a new certificate in place of the expired one.

        Raises:
            IdentityError: The answer is of no use.
            CallError: The collector did not give one.
        """
        lock = self._store.lock()
        try:
            generation = identity.generation + 1
            key_file = self._store.key_file(generation)
            request = self._proof(identity, self._keysmith.request(key_file), now)
            desk = self._open_desk(identity.authorities_pem)
            try:
                grant = desk.renew_expired(request)
            finally:
                desk.close()
            renewed = self._store.commit(generation, self._keysmith.check(key_file, grant))
        finally:
            lock.release()
        return _same_device(identity, renewed)

    def _proof(self, identity: Identity, csr_der: bytes, now: datetime) -> ExpiredRenewal:
        nonce = os.urandom(NONCE_BYTES)
        message = proof_message(nonce, now, hashlib.sha256(csr_der).digest())
        old_key = self._store.key_file(identity.generation)
        leaf = identity.chain_pem.decode("ascii").partition(_END)
        return ExpiredRenewal(
            certificate_der=as_der("".join(leaf[:2])),
            csr_der=csr_der,
            nonce=nonce,
            signed_at=now,
            signature=self._keysmith.sign(old_key, message),
        )


def _same_device(before: Identity, renewed: Identity) -> Identity:
    if renewed.device_id != before.device_id:
        log.warning("device=%s is now device=%s", before.device_id, renewed.device_id)
    log.info("device=%s renewed until=%s", renewed.device_id, renewed.not_after.isoformat())
    return renewed
