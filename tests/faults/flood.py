"""One device that reports a thousand times a second and awaits nothing, in a process of its own.

`python -m tests.faults.flood` reads who it is from standard input, one line of JSON; prints a line
once it has begun; and ends when standard input closes, with a line that counts its answers.
"""

import asyncio
import base64
import json
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import grpc

from sickbay.v1 import telemetry_pb2
from tests.kit.device import sample_record
from tests.kit.samples import office_sample

RATE_PER_S = 1000
_STEP_S = 0.005
_CALL_S = 5.0

Call = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]


async def flood(target: dict[str, str], is_over: asyncio.Event) -> Counter[str]:
    """Send until it is over; return how often which answer came."""
    pems = [base64.b64decode(target[name]) for name in ("ca", "key", "chain")]
    options = (("grpc.enable_http_proxy", 0),)
    codes: Counter[str] = Counter()
    waiting: set[asyncio.Task[None]] = set()
    credentials = grpc.ssl_channel_credentials(*pems)
    async with grpc.aio.secure_channel(target["address"], credentials, options) as channel:
        call: Call = channel.unary_unary("/sickbay.v1.TelemetryService/Report")
        await channel.channel_ready()
        _say("begun")
        began, seq = time.perf_counter(), 0
        while not is_over.is_set():
            while seq < (time.perf_counter() - began) * RATE_PER_S:
                seq += 1
                task = asyncio.create_task(_send(call, _request(seq), codes))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            await asyncio.sleep(_STEP_S)
        await asyncio.gather(*waiting)
    return codes


def _request(seq: int) -> bytes:
    envelope = telemetry_pb2.Envelope(
        lane=telemetry_pb2.LANE_SAMPLES,
        # Calls overtake each other, so each record begins a lane.
        spool_epoch=seq.to_bytes(16, "big"),
        seq=1,
        body_version=1,
        body=sample_record(datetime.now(UTC), office_sample()).SerializeToString(),
    )
    return telemetry_pb2.ReportRequest(envelopes=[envelope]).SerializeToString()


async def _send(call: Call, request: bytes, codes: Counter[str]) -> None:
    try:
        await call(request, timeout=_CALL_S)
    except grpc.aio.AioRpcError as error:
        codes[error.code().name] += 1
    else:
        codes["OK"] += 1


async def _main() -> None:
    # In earnest this is another machine; here it must not take the collector's processor.
    os.nice(19)
    target = json.loads(sys.stdin.readline())
    is_over = asyncio.Event()
    sending = asyncio.create_task(flood(target, is_over))
    await asyncio.to_thread(sys.stdin.read)
    is_over.set()
    _say(json.dumps(await sending))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main())
