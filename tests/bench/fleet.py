"""Thousands of the simulator's devices in a process of their own, told what to do line by line.

`python -m tests.bench.fleet` reads one JSON object a line from standard input and answers with one:
`enroll`, `hold` (open and keep every device's connection), `report` (all have something to say, and
try until they are heard), `let_go`. Waits are those of the real agent, divided by `factor`.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import grpc
import uvloop

from sickbay_agent.backoff import Backoff, splay_s
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.simulator.agent import Patience, SimulatedAgent
from sickbay_collector.simulator.fleet.course import Batch, Span, batches
from sickbay_collector.simulator.fleet.device import make_device
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.identity import CHANNEL_OPTIONS, Reach, open_enrollment
from sickbay_collector.simulator.tally import Tally

_AT_A_TIME = 24
_INTERVAL_S = 60
_GIVE_UP_S = 600.0
# A handshake among thousands on a busy machine.
_CONNECT_S = 120.0


@dataclass(slots=True)
class Held:
    """What the process holds."""

    agents: list[SimulatedAgent] = field(default_factory=list)
    channels: list[grpc.aio.Channel] = field(default_factory=list)
    tally: Tally = field(default_factory=lambda: Tally(0))


async def enroll(held: Held, asked: dict[str, str]) -> dict[str, float]:
    """Enroll devices; each tells what it is made of."""
    reach = Reach(
        agent_address=asked["agent"],
        enroll_address=asked["enroll"],
        ca_pem=asked["ca_pem"].encode(),
        token=asked["token"],
    )
    rng, factor = Random(1), float(asked["factor"])  # noqa: S311 - jitter

    def delay_s(failures: int) -> float:
        return Backoff(failures=failures).delay_s(rng) / factor

    patience = Patience(delay_s=delay_s, give_up_s=_GIVE_UP_S)
    async with open_enrollment(reach) as enrollment:
        held.agents = [
            SimulatedAgent(
                make_device(1, number),
                reach,
                enrollment,
                held.tally,
                patience,
                interval_s=_INTERVAL_S,
                sample_interval_s=_INTERVAL_S,
            )
            for number in range(int(asked["devices"]))
        ]

        async def one(agent: SimulatedAgent) -> None:
            await agent.enroll()
            await agent.close()

        await _few_at_a_time(held.agents, one)
    return {"enrolled": held.tally.enrolled}


async def hold(held: Held, asked: dict[str, str]) -> dict[str, float]:
    """Open a connection for each device and keep it."""
    began, failed = time.perf_counter(), 0

    async def one(agent: SimulatedAgent) -> None:
        nonlocal failed
        assert agent.identity is not None
        channel = grpc.aio.secure_channel(
            asked["agent"], agent.identity.credentials, CHANNEL_OPTIONS
        )
        held.channels.append(channel)
        try:
            await asyncio.wait_for(channel.channel_ready(), _CONNECT_S)
        except TimeoutError:
            failed += 1

    await _few_at_a_time(held.agents, one)
    held_count = len(held.channels) - failed
    return {"held": held_count, "failed": failed, "seconds": time.perf_counter() - began}


async def let_go(held: Held, _: dict[str, str]) -> dict[str, float]:
    """Close the held connections."""
    await asyncio.gather(*(channel.close() for channel in held.channels))
    held.channels.clear()
    return {}


async def report(held: Held, asked: dict[str, str]) -> dict[str, float]:
    """Let every device deliver a sample; return when the last was acknowledged, and the median."""
    rng, factor = Random(2), float(asked["factor"])  # noqa: S311 - jitter
    acked_at: list[float] = []
    failed = 0

    async def one(agent: SimulatedAgent) -> None:
        nonlocal failed
        await asyncio.sleep(splay_s(rng, _INTERVAL_S) / factor)
        try:
            await agent.deliver(_newest(agent))
        except SickbayError as error:
            failed += 1
            sys.stderr.write(f"{error}\n")
        else:
            acked_at.append(time.time())

    before = held.tally.retries
    await asyncio.gather(*(one(agent) for agent in held.agents))
    acked_at.sort()
    return {
        "acked": len(acked_at),
        "failed": failed,
        "retries": held.tally.retries - before,
        "half_at": acked_at[len(acked_at) // 2],
        "last_at": acked_at[-1],
    }


def _newest(agent: SimulatedAgent) -> Batch:
    until_s = int(time.time())
    span = Span(
        since_s=until_s - _INTERVAL_S,
        until_s=until_s,
        interval_s=_INTERVAL_S,
        hours=Hours.ALWAYS,
    )
    return next(batches(agent.device, span, size=1, by_session=True))


async def _few_at_a_time(
    agents: list[SimulatedAgent], what: Callable[[SimulatedAgent], Awaitable[None]]
) -> None:
    waiting = iter(agents)

    async def work() -> None:
        for agent in waiting:
            await what(agent)

    await asyncio.gather(*(work() for _ in range(_AT_A_TIME)))


async def _obey() -> None:
    tasks = {"enroll": enroll, "hold": hold, "let_go": let_go, "report": report}
    held = Held()
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        answer = await tasks[asked["do"]](held, asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Obey until standard input closes."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_obey())


if __name__ == "__main__":
    main()
