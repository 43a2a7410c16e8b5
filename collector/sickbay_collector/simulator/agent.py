"""One synthetic device's side of the protocol: enroll, announce, report, upload, try again."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sickbay.v1 import inventory_pb2, telemetry_pb2
from sickbay_collector import __version__
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.simulator.fleet.agent import agent_status
from sickbay_collector.simulator.fleet.course import Batch
from sickbay_collector.simulator.fleet.device import SimulatedDevice
from sickbay_collector.simulator.fleet.inventory import sections, state
from sickbay_collector.simulator.identity import (
    CHANNEL_OPTIONS,
    DEADLINE_S,
    Identity,
    Reach,
    enroll,
)
from sickbay_collector.simulator.tally import Tally

REPORT = "/sickbay.v1.TelemetryService/Report"
UPLOAD = "/sickbay.v1.TelemetryService/UploadSections"
# Source of the limit of sections in a call: proto/sickbay/v1/telemetry.proto.
_MAX_SECTIONS = 16
# As the agent sees it: these will be the same the next time, all others may pass.
_FOR_GOOD = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INVALID_ARGUMENT,
    }
)
_LOST = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
_PUSHBACK = "grpc-retry-pushback-ms"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a device tries again."""

    delay_s: Callable[[int], float]
    """Number of failures in a row -> how long to wait."""
    give_up_s: float
    """After how long without an answer a device gives up."""


class SimulatedAgent:
    """One device that enrolls once and sends what it is given."""

    def __init__(
        self,
        device: SimulatedDevice,
        reach: Reach,
        enrollment: grpc.aio.Channel,
        tally: Tally,
        patience: Patience,
        *,
        interval_s: int,
        sample_interval_s: int,
    ) -> None:
        self.device = device
        self.identity: Identity | None = None
        self._reach = reach
        self._enrollment = enrollment
        self._tally = tally
        self._patience = patience
        self._interval_s = interval_s
        self._sample_interval_s = sample_interval_s
        self._epoch = secrets.token_bytes(16)
        self._seq = 0
        self._channel: grpc.aio.Channel | None = None

    async def enroll(self) -> None:
        """Get an identity, and tell what the device is made of; nothing where it has one.

        Raises:
            DeniedError: The collector does not take the token.
            SickbayError: It did not answer for too long.
        """
        if self.identity is None:
            self.identity = await self._patiently(
                lambda: enroll(self._enrollment, self.device, self._reach)
            )
            self._tally.enrolled += 1
            await self._announce()

    async def deliver(self, batch: Batch) -> None:
        """Send a batch until it is answered.

        Raises:
            SickbayError: The collector refused the call, or did not answer for too long.
        """
        envelopes = [self._envelope(body) for body in batch.bodies]
        request = self._request(envelopes, batch.goodbye)
        self._tally.wire_bytes += len(request)
        self._count(await self._patiently(lambda: self._report(request)))

    async def close(self) -> None:
        """Close the connection; the next report opens another."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    async def _announce(self) -> None:
        found = sections(self.device)
        record = telemetry_pb2.Record(inventory=state(found))
        record.observe_time.GetCurrentTime()
        envelope = telemetry_pb2.Envelope(
            lane=telemetry_pb2.LANE_STATE,
            spool_epoch=self._epoch,
            seq=1,
            body_version=1,
            body=record.SerializeToString(),
        )
        request = self._request([envelope], telemetry_pb2.GOODBYE_UNSPECIFIED)
        answer = await self._patiently(lambda: self._report(request))
        missing = set(answer.missing_section_hashes)
        wanted = [section for section in found if section.hash in missing][:_MAX_SECTIONS]
        if wanted:
            await self._patiently(lambda: self._upload(wanted))

    async def _report(self, request: bytes) -> telemetry_pb2.ReportResponse:
        began = time.perf_counter()
        answer = await self._call(REPORT, request)
        self._tally.latencies.add(time.perf_counter() - began)
        self._tally.reports += 1
        return telemetry_pb2.ReportResponse.FromString(answer)

    async def _upload(self, wanted: list[inventory_pb2.Section]) -> None:
        request = telemetry_pb2.UploadSectionsRequest(sections=wanted)
        await self._call(UPLOAD, request.SerializeToString())

    async def _call(self, method: str, request: bytes) -> bytes:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._open().unary_unary(method)
        return await call(request, timeout=DEADLINE_S)

    def _open(self) -> grpc.aio.Channel:
        if self._channel is None:
            if self.identity is None:
                raise SickbayError(f"{self.device.hostname} is not enrolled")
            self._channel = grpc.aio.secure_channel(
                self._reach.agent_address, self.identity.credentials, CHANNEL_OPTIONS
            )
        return self._channel

    async def _patiently(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer of the first attempt that is answered."""
        began, failures = time.monotonic(), 0
        while True:
            try:
                return await attempt()
            except grpc.aio.AioRpcError as error:
                failures += 1
                self._tally.retries += 1
                waited_s = time.monotonic() - began
                if error.code() in _FOR_GOOD or waited_s > self._patience.give_up_s:
                    reason = f"{error.code().name}: {error.details()}"
                    raise SickbayError(f"{self.device.hostname}: {reason}") from None
                if error.code() in _LOST:
                    # gRPC would answer from its own back-off without dialling.
                    await self.close()
                await asyncio.sleep(max(self._patience.delay_s(failures), _pushback_s(error)))

    def _envelope(self, body: bytes) -> telemetry_pb2.Envelope:
        self._seq += 1
        return telemetry_pb2.Envelope(
            lane=telemetry_pb2.LANE_SAMPLES,
            spool_epoch=self._epoch,
            seq=self._seq,
            body_version=1,
            body=body,
        )

    def _request(
        self, envelopes: list[telemetry_pb2.Envelope], goodbye: telemetry_pb2.Goodbye.ValueType
    ) -> bytes:
        now_s = time.time()
        request = telemetry_pb2.ReportRequest(
            agent_version=__version__,
            send_time=Timestamp(seconds=int(now_s), nanos=int(now_s % 1 * 1e9)),
            envelopes=envelopes,
            goodbye=goodbye,
            report_interval=Duration(seconds=self._interval_s),
            platform=self.device.image.platform,
            agent_status=agent_status(
                self.device, interval_s=self._sample_interval_s, at_s=int(now_s)
            ),
        )
        return request.SerializeToString()

    def _count(self, response: telemetry_pb2.ReportResponse) -> None:
        tally = self._tally
        for result in response.results:
            tally.refused_values += result.refused_value_count
            if result.status == telemetry_pb2.RECORD_STATUS_OK:
                tally.acknowledged += 1
            elif result.status == telemetry_pb2.RECORD_STATUS_DUPLICATE:
                tally.duplicates += 1
            else:
                tally.reject(result.reason)


def _pushback_s(error: grpc.aio.AioRpcError) -> float:
    """Return how long the collector asked to be left alone."""
    for name, value in error.trailing_metadata():
        if name == _PUSHBACK and str(value).isdecimal():
            return int(value) / 1000
    return 0.0
