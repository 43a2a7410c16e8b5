import random
import subprocess
import sys
from pathlib import Path

from sickbay_agent.model.record import Lane
from tests.agent.spool.conftest import OpenSpool

KILLS = 10
APPENDER = Path(__file__).with_name("appender.py")


def test_no_claimed_record_is_lost_when_the_process_is_killed(
    tmp_path: Path, open_spool: OpenSpool
) -> None:
    """What append returned from is there after kill -9, at whatever moment that comes."""
    rng = random.Random(7)  # noqa: S311 - not for secrets
    claimed: list[int] = []
    for _ in range(KILLS):
        claimed += _append_and_kill(tmp_path / "spool", after=rng.randrange(1, 80))
    spool = open_spool()
    found = [stored.seq for stored in spool.peek(Lane.SAMPLES, 1 << 30, 1 << 30)]

    assert len(claimed) == len(set(claimed)) >= KILLS
    assert set(claimed) - set(found) == set()
    assert found == sorted(found)
    # Besides what was claimed, each kill may leave the one record it was busy with.
    assert len(found) - len(claimed) <= KILLS
    assert spool.peek(Lane.EVENTS, 1 << 30, 1 << 30) == ()


def _append_and_kill(folder: Path, *, after: int) -> list[int]:
    """Start a process that appends, kill it after some claims, and return all that it claimed."""
    command = [sys.executable, str(APPENDER), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after)]
        child.kill()
        lines += child.stdout.read().splitlines()
    return [int(line) for line in lines]
