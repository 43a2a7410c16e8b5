"""kill -9 of an agent that appends to its spool: what it claimed to have stored is there."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_agent.model.record import Gap, Lane
from sickbay_agent.spool.spool import Spool, SpoolLimits
from tests.faults.conftest import Say

APPENDER = Path(__file__).parents[1] / "agent" / "spool" / "appender.py"
# Appends before a kill: some runs end in their first segment, some in their second.
MAX_APPENDS = 40
_ALL = 1 << 30


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_claimed_record_is_lost_after_kill_9(tmp_path: Path, kills: int, say: Say) -> None:
    """One spool outlives all kills: each recovers what those before it left."""
    rng = random.Random(kills)  # noqa: S311 - not for secrets
    began = time.monotonic()
    claimed: list[int] = []
    for _ in range(kills):
        claimed += _append_and_kill(tmp_path / "spool", after=rng.randrange(1, MAX_APPENDS))
    took_s = time.monotonic() - began
    with _open(tmp_path / "spool") as spool:
        bodies = {stored.seq: stored.body for stored in spool.peek(Lane.SAMPLES, _ALL, _ALL)}
        gaps = spool.peek(Lane.EVENTS, _ALL, _ALL)
    lost = set(claimed) - bodies.keys()
    say(
        f"spool: {kills} kills, {len(claimed)} claimed, {len(lost)} lost, "
        f"{len(claimed) - len(set(claimed))} claimed twice, {took_s:.0f} s"
    )

    assert lost == set()
    assert len(claimed) == len(set(claimed))
    assert set(bodies.values()) == {b"x" * 300}
    # Besides what was claimed, each kill may leave the one record it was busy with.
    assert len(bodies) - len(claimed) <= kills
    assert gaps == ()


def _append_and_kill(folder: Path, *, after: int) -> list[int]:
    """Start a process that appends, kill it after some claims, and return all that it claimed."""
    command = [sys.executable, str(APPENDER), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after)]
        child.kill()
        lines += child.stdout.read().splitlines(keepends=True)
    # The last line may be cut: what was not written whole was not claimed.
    return [int(line) for line in lines if line.endswith("\n")]


def _open(folder: Path) -> Spool:
    def encode_gap(gap: Gap, _: datetime) -> bytes:
        return repr(gap).encode()

    return Spool(folder, limits=SpoolLimits(), encode_gap=encode_gap, now=datetime.now(UTC))
