"""Who calls: the device id of the client certificate, checked against the device on every call."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from sickbay_collector.core.device import Device, DeviceStatus
from sickbay_collector.core.errors import BusyError, DeniedError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.reading import Peer, read_peer
from sickbay_collector.services.enrollment import is_newer

REVOCATION_DELAY_S = 5.0
"""A revoked device is shut out this long after, at most."""
_CACHED = 50_000
# An agent that waits for approval asks again after one to two of these.
_PENDING_RETRY_S = 60.0


class PendingError(BusyError):
    """A device waits for approval: what it has to say is welcome later."""

    def __init__(self) -> None:
        super().__init__(
            "this device waits for an administrator's approval", retry_after_s=_PENDING_RETRY_S
        )


@dataclass(frozen=True, slots=True)
class _Checked:
    peer: Peer
    expires_at: datetime
    checked_at: datetime
    is_pending: bool


class DeviceGate:
    """Lets known, live devices in, by the key that is theirs now."""

    def __init__(
        self,
        device_of: Callable[[DeviceId], Device | None],
        note: Callable[[Peer], None],
        clock: Callable[[], datetime],
    ) -> None:
        """Keep how to look up a device and how to note which certificate it uses."""
        self._device_of = device_of
        self._note = note
        self._clock = clock
        self._checked: OrderedDict[bytes, _Checked] = OrderedDict()

    def admit(self, auth_context: Mapping[str, Iterable[bytes]]) -> DeviceId:
        """Return the calling device.

        An open connection outlives expiry and revocation, so both are checked here each time.

        Raises:
            DeniedError: There is no client certificate, it has expired, its key was replaced, or
                its device is unknown or revoked.
            PendingError: The device waits for approval.
        """
        pem, now = _certificate(auth_context), self._clock()
        return _approved(_live(self._recent(pem, now) or self._anew(pem, now), now))

    async def enter(self, auth_context: Mapping[str, Iterable[bytes]]) -> DeviceId:
        """Return the calling device as `admit` does, without waiting for the database meanwhile.

        Raises:
            DeniedError: As `admit`.
            PendingError: As `admit`.
        """
        return _approved(await self._entered(auth_context))

    async def enter_pending(self, auth_context: Mapping[str, Iterable[bytes]]) -> DeviceId:
        """Return the calling device as `enter` does, also one that waits for approval.

        Raises:
            DeniedError: As `admit`.
        """
        return (await self._entered(auth_context)).peer.device_id

    async def _entered(self, auth_context: Mapping[str, Iterable[bytes]]) -> _Checked:
        pem, now = _certificate(auth_context), self._clock()
        known = self._recent(pem, now)
        if known is None:
            known = await asyncio.to_thread(self._anew, pem, now)
        return _live(known, now)

    def forget(self) -> None:
        """Check everybody anew at the next call."""
        self._checked.clear()

    def _recent(self, pem: bytes, now: datetime) -> _Checked | None:
        """Return the last check of a certificate, if it is not too old."""
        known = self._checked.get(hashlib.sha256(pem).digest())
        # A check from the future was made before our clock was set back.
        if known is None or not 0 <= (now - known.checked_at).total_seconds() < REVOCATION_DELAY_S:
            return None
        return known

    def _anew(self, pem: bytes, now: datetime) -> _Checked:
        """Check a certificate against the database, and remember that for a while."""
        known = self._check(pem, now)
        self._checked[hashlib.sha256(pem).digest()] = known
        if len(self._checked) > _CACHED:
            self._checked.popitem(last=False)
        return known

    def _check(self, pem: bytes, now: datetime) -> _Checked:
        try:
            peer = read_peer(x509.load_pem_x509_certificate(pem))
        except ValueError:
            raise DeniedError("the device certificate cannot be read") from None
        device = self._device_of(peer.device_id)
        if device is None or device.revoked_at is not None:
            raise DeniedError("the device is revoked or unknown")
        if peer.key_fingerprint == device.next_key_fingerprint:
            self._note(peer)
            self._checked.clear()
        elif peer.key_fingerprint != device.key_fingerprint:
            raise DeniedError("the device certificate was replaced by a newer one")
        elif is_newer(peer, device):
            self._note(peer)
        return _Checked(peer, peer.not_after, now, device.status == DeviceStatus.PENDING)


def _certificate(auth_context: Mapping[str, Iterable[bytes]]) -> bytes:
    pem = b"".join(auth_context.get("x509_pem_cert", ()))
    if not pem:
        raise DeniedError("a device certificate is required")
    return pem


def _live(known: _Checked, now: datetime) -> _Checked:
    if known.expires_at < now:
        raise DeniedError("the device certificate has expired")
    return known


def _approved(known: _Checked) -> DeviceId:
    if known.is_pending:
        raise PendingError
    return known.peer.device_id
