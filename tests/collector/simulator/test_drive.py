"""A small fleet through a collector's real ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.core.errors import DeniedError, SickbayError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.simulator.drive import default_patience, drive
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.identity import Reach
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Tally
from tests.kit.collector import RunningCollector


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    with RunningCollector(tmp_path) as running:
        yield running


def reach(collector: RunningCollector, *, uses: int) -> Reach:
    ports = collector.ports
    return Reach(
        agent_address=f"127.0.0.1:{ports.agent}",
        enroll_address=f"127.0.0.1:{ports.enroll}",
        ca_pem=ports.ca_pem,
        token=collector.token(uses=uses),
    )


async def test_every_sample_of_a_fleet_is_acknowledged(collector: RunningCollector) -> None:
    """Four devices, six hours: 72 samples each, under their own certificates, inventory too."""
    plan = Plan(devices=4, minutes=360, batch=50, hours=Hours.ALWAYS, connections=2)
    tally = Tally(plan.devices)

    ids = await drive(plan, reach(collector, uses=4), tally, default_patience())

    assert (
        tally.acknowledged,
        tally.rejected,
        tally.failed,
        tally.refused_values,
    ) == (4 * 72, 0, 0, 0)
    with collector.collector.storage.open_reads() as uow:
        stored = uow.states.load([DeviceId(one) for one in ids])
        kinds = {version.kind for version in uow.sections.current(DeviceId(ids[0]))}
    assert len(stored) == 4
    assert {"system", "os", "software", "drives"} <= kinds


async def test_with_a_speed_devices_share_few_connections(collector: RunningCollector) -> None:
    """Ten minutes in a second and a half: three devices on one connection at a time."""
    plan = Plan(
        devices=3, minutes=10, interval_s=60, batch=5, hours=Hours.ALWAYS, connections=1, speed=400
    )
    tally = Tally(plan.devices)

    await drive(plan, reach(collector, uses=3), tally, default_patience())

    assert (tally.acknowledged, tally.finished, tally.failed) == (30, 3, 0)


async def test_a_token_with_too_few_uses_is_said_so(collector: RunningCollector) -> None:
    plan = Plan(devices=3, minutes=60, hours=Hours.ALWAYS)

    with pytest.raises(DeniedError, match="as many uses as devices"):
        await drive(plan, reach(collector, uses=1), Tally(3), default_patience())


async def test_another_authority_is_no_collector(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """A wrong --ca-file is an error of one line, not a wait for ever."""
    with RunningCollector(tmp_path / "other") as other:
        good = reach(collector, uses=1)
        wrong = Reach(
            agent_address=good.agent_address,
            enroll_address=good.enroll_address,
            ca_pem=other.ports.ca_pem,
            token=good.token,
        )

        with pytest.raises(SickbayError, match="no collector that this authority knows"):
            await drive(Plan(devices=1, minutes=1), wrong, Tally(1), default_patience())
