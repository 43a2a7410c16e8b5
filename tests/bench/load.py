"""Loads a server from devices that each wait for their acknowledgement; reads the server's CPU."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import psutil

from sickbay.v1 import telemetry_pb2
from tests.kit.device import FakeDevice, Ports, key_pem, sample_record, timestamp
from tests.kit.samples import GIB, office_sample

REPORT = "/sickbay.v1.TelemetryService/Report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one run of a load measured."""

    calls: int
    cpu_s: float
    """Of the server's process."""
    beside_cpu_s: float
    """Of what works for it: PostgreSQL."""
    p50_ms: float
    p99_ms: float

    @property
    def calls_per_cpu_s(self) -> float:
        """Calls for each second of the server's CPU."""
        return self.calls / self.cpu_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server that is measured, and who calls it."""

    process: psutil.Process
    port: int
    method: str
    devices: Sequence["Course"]
    beside_cpu_s: Callable[[], float]
    """Seconds of CPU so far of what works for the server."""


class Course:
    """A device and its samples: a minute apart, no two the same, time never going back."""

    def __init__(self, device: FakeDevice, *, samples: int) -> None:
        self.device = device
        self._at = datetime.now(UTC) - timedelta(minutes=samples)
        self._number = 0

    def requests(self, *, calls: int, batch: int) -> list[bytes]:
        """Return the device's next reports, each of `batch` samples."""
        return [self._request(batch) for _ in range(calls)]

    def _request(self, batch: int) -> bytes:
        request = telemetry_pb2.ReportRequest(
            agent_version="0.1.0",
            platform="linux",
            send_time=timestamp(datetime.now(UTC)),
            envelopes=[self._envelope() for _ in range(batch)],
        )
        return request.SerializeToString()

    def _envelope(self) -> telemetry_pb2.Envelope:
        self._number += 1
        self._at += timedelta(minutes=1)
        number = self._number
        sample = office_sample(
            free_bytes=120 * GIB - number * 4096, busy_ratio=0.05 + number % 40 / 100
        )
        return self.device.envelope(sample_record(self._at, sample))


@contextmanager
def server(
    kind: str, folder: Path, settings: Mapping[str, object] | None = None
) -> Iterator[tuple[psutil.Process, dict[str, object]]]:
    """Run a server of `tests.bench.servers`; yield its process and what it said."""
    chosen = json.dumps(dict(settings or {}))
    command = [sys.executable, "-m", "tests.bench.servers", kind, str(folder), chosen]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield psutil.Process(process.pid), said


def run(target: Target, bodies: Sequence[Sequence[bytes]]) -> Figure:
    """Send each device's bodies one after the other, all devices at once; return what it took."""
    return asyncio.run(_run(target, bodies))


async def _run(target: Target, bodies: Sequence[Sequence[bytes]]) -> Figure:
    options = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))
    channels = [
        grpc.aio.secure_channel(
            f"127.0.0.1:{target.port}",
            grpc.ssl_channel_credentials(
                one.device.ports.ca_pem, key_pem(one.device.key), one.device.chain_pem
            ),
            options,
        )
        for one in target.devices
    ]
    await asyncio.gather(*(channel.channel_ready() for channel in channels))
    before, beside_s = target.process.cpu_times(), target.beside_cpu_s()
    waits = await asyncio.gather(
        *(_send(channel, target.method, own) for channel, own in zip(channels, bodies, strict=True))
    )
    after = target.process.cpu_times()
    beside_s = target.beside_cpu_s() - beside_s
    await asyncio.gather(*(channel.close() for channel in channels))
    ordered = sorted(wait for own in waits for wait in own)
    return Figure(
        calls=len(ordered),
        cpu_s=after.user + after.system - before.user - before.system,
        beside_cpu_s=beside_s,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
    )


async def _send(channel: grpc.aio.Channel, method: str, bodies: Sequence[bytes]) -> list[float]:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
    waits: list[float] = []
    for body in bodies:
        began = time.perf_counter()
        answer = await call(body, timeout=60)
        waits.append(time.perf_counter() - began)
        if method == REPORT:
            _check(answer)
    return waits


def _check(answer: bytes) -> None:
    response = telemetry_pb2.ReportResponse.FromString(answer)
    wrong = [one for one in response.results if one.status != telemetry_pb2.RECORD_STATUS_OK]
    if wrong:
        raise AssertionError(f"not acknowledged: {wrong[0]}")


def enrolled(said: Mapping[str, object], folder: Path, count: int) -> list[FakeDevice]:
    """Return newly enrolled devices of a collector that runs."""
    ports = Ports(
        agent=int(str(said["agent"])),
        enroll=int(str(said["enroll"])),
        ca_pem=(folder / "ca" / "ca.crt").read_bytes(),
    )
    return [FakeDevice.enrolled(ports, str(said["token"])) for _ in range(count)]
