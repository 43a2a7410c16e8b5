"""Three collectors on one PostgreSQL: devices move between them, and each is killed in turn."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.conftest import Say
from tests.faults.inquest import Findings, inquire
from tests.faults.victim import Victim
from tests.faults.wanderer import Wanderer
from tests.faults.witness import FullVolume
from tests.kit.device import FakeDevice
from tests.kit.postgres import Cluster

COLLECTORS = 3
DEVICES = 9
RULES = """
- id: disk.full.crit
  for: 0s
  clear_for: 0s
  grace: 0s
- {id: disk.full.warn, enabled: false}
"""
_VOLUMES = (FullVolume.NEVER, FullVolume.ALWAYS, FullVolume.BY_SPELLS)
_DOWN_S = 0.5
_ACK_S = 60.0


def test_devices_that_move_lose_and_double_nothing(
    tmp_path: Path, cluster: Cluster, say: Say
) -> None:
    """Once round: each collector is killed and comes back."""
    findings = _moved(tmp_path, cluster, say, kills=COLLECTORS, life_s=1.0)

    assert (findings.lost, findings.twice, findings.odd) == ((), (), ())
    assert findings.acked >= COLLECTORS * DEVICES


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_devices_that_move_for_long_lose_and_double_nothing(
    tmp_path: Path, cluster: Cluster, say: Say, kills: int
) -> None:
    findings = _moved(tmp_path, cluster, say, kills=kills, life_s=2.0)

    assert (findings.lost, findings.twice, findings.odd) == ((), (), ())
    assert findings.acked >= kills * DEVICES


def _moved(folder: Path, cluster: Cluster, say: Say, *, kills: int, life_s: float) -> Findings:
    with ExitStack() as stack:
        victims = _victims(stack, folder, cluster.create())
        token = victims[0].token(DEVICES)
        for victim in victims:
            victim.start()
        homes = [victim.ports() for victim in victims]
        devices = [
            Wanderer(
                FakeDevice.enrolled(homes[number % COLLECTORS], token),
                _VOLUMES[number // 3],
                number,
                homes,
            )
            for number in range(DEVICES)
        ]
        for device in devices:
            device.start()
        for round_ in range(kills):
            for device in devices:
                device.next_round()
            time.sleep(life_s)
            for device in devices:
                assert device.has_ack.wait(_ACK_S), "a device got no answer in its round"
            _kill(victims[round_ % COLLECTORS])
        for device in devices:
            device.finish()
        storage = victims[0].storage()
        stack.callback(storage.engine.dispose)
        findings = inquire(storage, devices)
    moves = sum(device.moves for device in devices)
    say(
        f"{COLLECTORS} collectors: {kills} kills, {moves} moves, {findings.acked} acked, "
        f"{len(findings.lost)} lost, {len(findings.twice)} stored twice, "
        f"{findings.delivered_twice} delivered twice"
    )
    return findings


def _victims(stack: ExitStack, folder: Path, url: str) -> list[Victim]:
    """Return collectors of one fleet: one database, one authority, the same rules."""
    victims = []
    for number in range(COLLECTORS):
        home = folder / str(number)
        (home / "rules.d").mkdir(parents=True)
        (home / "rules.d" / "faults.yaml").write_text(RULES)
        victims.append(stack.enter_context(Victim(home, database_url=url, ca_dir=folder / "ca")))
    return victims


def _kill(victim: Victim) -> None:
    victim.kill()
    time.sleep(_DOWN_S)
    victim.start()
