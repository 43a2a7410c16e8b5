"""kill -9 of the collector in the middle of its work: what it acknowledged is stored, once."""

import random
import threading
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Say
from tests.faults.inquest import Findings, inquire
from tests.faults.planted import Build
from tests.faults.victim import Victim
from tests.faults.witness import FullVolume, Witness
from tests.kit.device import FakeDevice

DEVICES = 12
# After the first acknowledgement of a round.
MAX_LIFE_S = 0.150
# So often a planted bug must show; each does at nearly every kill.
CONTROL_KILLS = 12
RULES = """
- id: disk.full.crit
  for: 0s
  clear_for: 0s
  grace: 0s
- {id: disk.full.warn, enabled: false}
"""
_VOLUMES = (FullVolume.NEVER, FullVolume.ALWAYS, FullVolume.BY_SPELLS)
_ACK_S = 60.0


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_stored_once_after_kill_9(
    tmp_path: Path, request: pytest.FixtureRequest, kills: int, say: Say, database: str
) -> None:
    """An acknowledgement comes after the commit, and a report that comes again changes nothing."""
    url = "" if database == "sqlite" else request.getfixturevalue("postgresql_url")
    began = time.monotonic()
    findings = killed(Victim(tmp_path, database_url=url), kills)
    say(_summary(database, kills, findings, time.monotonic() - began))

    assert (findings.lost, findings.twice, findings.odd) == ((), (), ())
    assert findings.acked >= kills


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_collector_that_answers_before_it_commits_is_caught(tmp_path: Path, say: Say) -> None:
    """The control: the same harness finds the loss where there is one."""
    findings = _control(tmp_path, Build.HASTY, say)

    assert findings.lost != ()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_collector_that_takes_all_for_new_is_caught(tmp_path: Path, say: Say) -> None:
    """The other control: what was sent again is found to be stored twice."""
    findings = _control(tmp_path, Build.FORGETFUL, say)

    assert findings.twice != ()
    assert findings.lost == ()


def _control(folder: Path, build: Build, say: Say) -> Findings:
    began = time.monotonic()
    findings = killed(Victim(folder, build=build), CONTROL_KILLS)
    what = f"planted bug ({build})"
    say(_summary(what, CONTROL_KILLS, findings, time.monotonic() - began))
    return findings


def killed(victim: Victim, kills: int) -> Findings:
    """Kill a collector so often while devices report to it, and return what is left of it."""
    rng = random.Random(kills)  # noqa: S311 - not for secrets
    up = threading.Event()
    (victim.folder / "rules.d").mkdir()
    (victim.folder / "rules.d" / "faults.yaml").write_text(RULES)
    with victim:
        token = victim.token(DEVICES)
        ports = victim.ports()
        victim.start()
        witnesses = [
            Witness(FakeDevice.enrolled(ports, token), _VOLUMES[number % 3], number, up)
            for number in range(DEVICES)
        ]
        for witness in witnesses:
            witness.start()
        for _ in range(kills):
            _round(victim, witnesses, up, rng.uniform(0, MAX_LIFE_S))
        up.set()
        for witness in witnesses:
            witness.finish()
        victim.kill()
        storage = victim.storage()
        findings = inquire(storage, witnesses)
        storage.engine.dispose()
    return findings


def _round(victim: Victim, witnesses: list[Witness], up: threading.Event, life_s: float) -> None:
    """Let the devices report, kill the collector soon after it answered one, start it again."""
    for witness in witnesses:
        witness.next_round()
    up.set()
    deadline = time.monotonic() + _ACK_S
    while not any(witness.has_ack.is_set() for witness in witnesses):
        assert time.monotonic() < deadline, "no device got an answer"
        time.sleep(0.001)
    time.sleep(life_s)
    victim.kill()
    up.clear()
    victim.start()


def _summary(what: str, kills: int, findings: Findings, seconds: float) -> str:
    return (
        f"{what}: {kills} kills, {findings.acked} acked, {len(findings.lost)} lost, "
        f"{len(findings.twice)} stored twice, {findings.delivered_twice} delivered twice, "
        f"{seconds:.0f} s"
    )
