"""Sends a synthetic fleet's reports through a collector's real ports.

As fast as possible, a few devices at a time send all they have, one device after the other; with a
speed, each device sends when its samples are due, and lets go of its connection in between when
there are more devices than connections.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from random import Random

from sickbay_collector.core.errors import DeniedError, SickbayError
from sickbay_collector.simulator.agent import Patience, SimulatedAgent
from sickbay_collector.simulator.fleet.course import Span, batches
from sickbay_collector.simulator.fleet.device import make_device
from sickbay_collector.simulator.identity import Reach, open_enrollment, require_collector
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Tally

_ANSWER_WITHIN_S = 10.0
# Agents back off from 1 s to 180 s; a simulation waits shorter, and not for ever.
_BASE_S, _CAP_S, _GIVE_UP_S = 0.2, 10.0, 120.0


def default_patience() -> Patience:
    """Return how devices try again: full jitter, twice as long after each failure."""
    rng = Random()  # noqa: S311 - jitter

    def delay_s(failures: int) -> float:
        return rng.uniform(0.0, min(_CAP_S, _BASE_S * 2.0 ** min(failures, 16)))

    return Patience(delay_s=delay_s, give_up_s=_GIVE_UP_S)


async def drive(plan: Plan, reach: Reach, tally: Tally, patience: Patience) -> list[str]:
    """Run a simulation; return the ids of its devices.

    Raises:
        SickbayError: No collector answers, or it does not take the token.
    """
    await require_collector(reach, timeout_s=_ANSWER_WITHIN_S)
    span = plan.span(time.time())
    async with open_enrollment(reach) as enrollment:
        agents = [
            SimulatedAgent(
                make_device(plan.seed, number),
                reach,
                enrollment,
                tally,
                patience,
                sample_interval_s=plan.interval_s,
                interval_s=plan.interval_s * (1 if plan.speed is None else plan.batch),
            )
            for number in range(plan.devices)
        ]
        run = _hurried if plan.speed is None else _timed
        try:
            await run(plan, span, agents, tally)
        except ExceptionGroup as group:
            raise _first(group) from None
    return [agent.identity.device_id for agent in agents if agent.identity is not None]


async def _hurried(plan: Plan, span: Span, agents: Sequence[SimulatedAgent], tally: Tally) -> None:
    waiting = iter(agents)

    async def work() -> None:
        for agent in waiting:
            await _surely(_send_all(agent, plan, span), agent, tally)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(plan.connections, plan.devices)):
            group.create_task(work())


async def _timed(plan: Plan, span: Span, agents: Sequence[SimulatedAgent], tally: Tally) -> None:
    began = time.monotonic()
    connections = asyncio.Semaphore(plan.connections)
    async with asyncio.TaskGroup() as group:
        for agent in agents:
            way = _follow(agent, plan, span, connections, began)
            group.create_task(_surely(way, agent, tally))


async def _surely(way: Coroutine[None, None, None], agent: SimulatedAgent, tally: Tally) -> None:
    """Go a device's way to its end; one that fails fails alone, save for a refused token."""
    try:
        await way
    except DeniedError:
        raise
    except SickbayError as error:
        tally.fail(str(error))
    finally:
        await agent.close()
    tally.finished += 1


async def _send_all(agent: SimulatedAgent, plan: Plan, span: Span) -> None:
    await agent.enroll()
    for batch in batches(agent.device, span, size=plan.batch, by_session=False):
        await agent.deliver(batch)


async def _follow(
    agent: SimulatedAgent,
    plan: Plan,
    span: Span,
    connections: asyncio.Semaphore,
    began: float,
) -> None:
    """Send a device's batches when they are due."""
    keeps = plan.devices <= plan.connections
    for batch in batches(agent.device, span, size=plan.batch, by_session=True):
        due = began + (batch.due_s - span.since_s) / (plan.speed or 1.0)
        await asyncio.sleep(due - time.monotonic())
        async with connections:
            await agent.enroll()
            await agent.deliver(batch)
            if not keeps:
                await agent.close()


def _first(group: "ExceptionGroup[Exception]") -> Exception:
    """Return the first exception of a group, however deep."""
    found: Exception = group
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found
