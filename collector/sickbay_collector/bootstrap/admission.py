"""Who of the agents gets in: each call is asked for here, before its message is read."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from sickbay_collector.bootstrap.clock import utc_now
from sickbay_collector.bootstrap.foundation import Foundation
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import BusyError, DeniedError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.pki.reading import Peer
from sickbay_collector.rpc.admission import CallLimiter
from sickbay_collector.rpc.identity import DeviceGate, PendingError
from sickbay_collector.services.enrollment import note_certificate

AuthContext = Mapping[str, Iterable[bytes]]
"""What gRPC knows of a caller's certificate."""


class Admission:
    """Lets devices in by their certificate, as long as the database answers and they call seldom.

    Args:
        foundation: What it stands on.
        forget: Called with a device that comes with another certificate.
    """

    def __init__(self, foundation: Foundation, forget: Callable[[DeviceId], None]) -> None:
        config = foundation.config
        self._storage = foundation.storage
        self._metrics = foundation.metrics
        self._pulse = foundation.pulse
        self._forget = forget
        self.gate = DeviceGate(self._device, self._note_certificate, utc_now)
        self._limiter = CallLimiter(
            config.device_calls_per_s, config.device_calls_burst, time.monotonic
        )

    async def admit(self, auth_context: AuthContext, size_bytes: int) -> DeviceId:
        """Return the calling device, unless it is shut out, waits, calls too often or in vain."""
        return await self._admitted(self.gate.enter, auth_context, size_bytes)

    async def admit_pending(self, auth_context: AuthContext, size_bytes: int) -> DeviceId:
        """Return the calling device as `admit` does, also one that waits for approval."""
        return await self._admitted(self.gate.enter_pending, auth_context, size_bytes)

    async def _admitted(
        self,
        enter: Callable[[AuthContext], Awaitable[DeviceId]],
        auth_context: AuthContext,
        size_bytes: int,
    ) -> DeviceId:
        try:
            self._pulse.require()
            device_id = await enter(auth_context)
        except DeniedError:
            self._metrics.reject_admission("denied")
            raise
        except PendingError:
            self._metrics.reject_admission("pending")
            raise
        except (StoreError, BusyError):
            self._metrics.reject_admission("store_unavailable")
            raise
        try:
            self._limiter.take(device_id, size_bytes)
        except BusyError:
            self._metrics.reject_admission("rate_limited")
            raise
        return device_id

    def _device(self, device_id: DeviceId) -> Device | None:
        with self._storage.open_reads() as uow:
            return uow.devices.get(device_id)

    def _note_certificate(self, peer: Peer) -> None:
        note_certificate(peer, self._storage.open_uow)
        self._forget(peer.device_id)
