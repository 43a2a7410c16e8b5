"""Give out certificates while the collector runs: to devices, and to its own servers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.authority import Authority, ServerIdentity
from sickbay_collector.pki.reading import csr_key, key_fingerprint
from sickbay_collector.services.enrollment import Certificate

DEVICE_LIFETIME = timedelta(hours=24)


class DeviceIssuer:
    """Issues device certificates for the use cases in `services.enrollment`."""

    def __init__(self, authority: Authority, *, lifetime: timedelta = DEVICE_LIFETIME) -> None:
        self._authority = authority
        self._lifetime = lifetime

    def fingerprint_of(self, csr_der: bytes) -> str:
        """Return the fingerprint of the key in a signing request."""
        return key_fingerprint(csr_key(csr_der))

    def issue(self, csr_der: bytes, device_id: DeviceId, *, now: datetime) -> Certificate:
        """Return a certificate for the key in a signing request."""
        leaf, expires_at = self._authority.issue_device(
            csr_der, device_id, now=now, lifetime=self._lifetime
        )
        return Certificate(
            chain_der=(leaf, self._authority.certificate_der),
            authorities_der=(self._authority.certificate_der,),
            expires_at=expires_at,
        )


class ServerIdentities:
    """Keeps the servers' identity fresh while the process runs for months."""

    def __init__(
        self, authority: Authority, names: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._authority = authority
        self._names = names
        self._clock = clock
        self._current = authority.issue_server(names, now=clock())

    def current(self) -> ServerIdentity:
        """Return the identity to show now; the same object until it is renewed."""
        now = self._clock()
        if now >= self._current.renew_at:
            self._current = self._authority.issue_server(self._names, now=now)
        return self._current
