"""Bytes of a device's working day on the wire, TLS and HTTP/2 included, counted in a relay.

A day of office hours has a sample each minute, five in a report. An agent that reports every five
minutes closes its connection in between; one that reports each minute keeps it.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sickbay_collector.simulator.agent import SimulatedAgent
from sickbay_collector.simulator.drive import default_patience
from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import SimulatedDevice, make_device
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.identity import Reach, open_enrollment
from sickbay_collector.simulator.tally import Tally
from tests.bench.load import server
from tests.bench.scale import Scale

_MINUTE_S = 60
# A Monday; who is not at work on it does not count.
_DAY = Span(
    since_s=int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()),
    until_s=int(datetime(2026, 3, 3, tzinfo=UTC).timestamp()),
    interval_s=_MINUTE_S,
    hours=Hours.OFFICE,
)


def measure(scale: Scale) -> dict[str, float]:
    """Return KiB for each device and day, by how it reports."""
    return asyncio.run(_measure(scale))


class _Relay:
    """Passes bytes on and counts them."""

    def __init__(self, port: int) -> None:
        self.passed_bytes = 0
        self._port = port
        self._joined: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with listener:
            yield int(listener.sockets[0].getsockname()[1])
            # What was closed just now has still to say so to the other side.
            await asyncio.gather(*self._joined)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._joined.add(task)
        task.add_done_callback(self._joined.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.passed_bytes += len(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def _measure(scale: Scale) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name,
        server("collector", Path(name)) as (_, said),
    ):
        relay = _Relay(int(str(said["agent"])))
        async with relay.listening() as port:
            reach = Reach(
                agent_address=f"127.0.0.1:{port}",
                enroll_address=f"127.0.0.1:{said['enroll']}",
                ca_pem=(Path(name) / "ca" / "ca.crt").read_bytes(),
                token=str(said["token"]),
            )
            devices = list(_at_work(scale.day_devices))
            kept, samples = await _days(devices, reach, relay, size=1, keep=True)
            closing, _ = await _days(devices, reach, relay, size=5, keep=False)
    return {
        "wire_kib_per_device_day": closing / len(devices) / 1024,
        "wire_kib_per_device_day_kept": kept / len(devices) / 1024,
        "samples_per_device_day": samples / len(devices),
    }


async def _days(
    devices: list[SimulatedDevice], reach: Reach, relay: _Relay, *, size: int, keep: bool
) -> tuple[int, int]:
    """Return the bytes and samples of each device's day; enrollment and inventory apart."""
    tally, passed = Tally(len(devices)), 0
    async with open_enrollment(reach) as enrollment:
        for device in devices:
            agent = SimulatedAgent(
                device,
                reach,
                enrollment,
                tally,
                default_patience(),
                interval_s=_MINUTE_S * size,
                sample_interval_s=_MINUTE_S,
            )
            await agent.enroll()
            await agent.close()
            before = relay.passed_bytes
            for batch in _day(device, size):
                await agent.deliver(batch)
                if not keep:
                    await agent.close()
            await agent.close()
            passed += relay.passed_bytes - before
    return passed, tally.acknowledged


def _day(device: SimulatedDevice, size: int) -> Iterator[Batch]:
    return batches(device, _DAY, size=size, by_session=True)


def _at_work(count: int) -> Iterator[SimulatedDevice]:
    number = 0
    while count:
        device = make_device(1, number)
        number += 1
        if not device.is_always_on and any(True for _ in _day(device, 100)):
            count -= 1
            yield device
