"""Held connections and what each costs the server; and a whole fleet that comes back at once.

The devices are the simulator's and live in another process, so that only the server is weighed.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from sickbay_agent.backoff import SPLAY_S
from tests.bench.load import server
from tests.bench.scale import Scale

# Agents back off from 1 to 180 s and splay over 60 s. Here all of it is ten times as quick, so the
# crowd at the door is ten times as dense as after a real restart.
COMPRESSION = 10


class Fleet:
    """The process that holds the devices."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tell(self, do: str, **asked: object) -> None:
        """Tell it what to do."""
        assert self._process.stdin is not None
        texts = {name: str(value) for name, value in asked.items()}
        self._process.stdin.write(json.dumps({"do": do} | texts) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, float]:
        """Return its answer, once it is there."""
        assert self._process.stdout is not None
        found: dict[str, float] = json.loads(self._process.stdout.readline())
        return found


def measure(scale: Scale) -> dict[str, float]:
    """Return memory for each connection, and the time until all devices are back."""
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name, _fleet() as fleet:
        folder = Path(name)
        with server("collector", folder) as (_, said):
            _enroll(fleet, said, folder, scale)
        figures = {"held_connections": float(scale.connections)}
        with server("echo", folder) as (process, told):
            figures["echo_kib_per_connection"] = _weigh(fleet, process, told, scale)
        # The same port as before: the devices know no other.
        same = {"agent_port": said["agent"]}
        with server("collector", folder, same) as (process, told):
            figures["kib_per_connection"] = _weigh(fleet, process, told, scale)
            _report(fleet, scale)
            process.kill()
        fleet.tell("report", factor=COMPRESSION)
        began = time.time()
        with server("collector", folder, same):
            back = fleet.answer()
    if back["acked"] != scale.connections:
        raise AssertionError(f"devices that did not come back: {back['failed']:.0f}")
    return figures | {
        "back_to_life_s": back["last_at"] - began,
        "back_to_life_half_s": back["half_at"] - began,
        "back_to_life_retries": back["retries"],
        "back_to_life_compression": float(COMPRESSION),
        "splay_s": SPLAY_S / COMPRESSION,
    }


def _weigh(fleet: Fleet, process: psutil.Process, told: dict[str, object], scale: Scale) -> float:
    """Return KiB of the server's memory for each held connection."""
    before = process.memory_info().rss
    fleet.tell("hold", agent=f"127.0.0.1:{told['agent']}")
    held = fleet.answer()
    after = process.memory_info().rss
    if held["failed"]:
        raise AssertionError(f"connections that failed: {held['failed']:.0f}")
    fleet.tell("let_go")
    fleet.answer()
    return (after - before) / 1024 / scale.connections


def _report(fleet: Fleet, scale: Scale) -> None:
    """Have every device connected and known to the collector before it is killed."""
    fleet.tell("report", factor=COMPRESSION)
    acked = fleet.answer()["acked"]
    if acked != scale.connections:
        raise AssertionError(f"acknowledged before the restart: {acked:.0f}")


def _enroll(fleet: Fleet, said: dict[str, object], folder: Path, scale: Scale) -> None:
    fleet.tell(
        "enroll",
        devices=scale.connections,
        agent=f"127.0.0.1:{said['agent']}",
        enroll=f"127.0.0.1:{said['enroll']}",
        ca_pem=(folder / "ca" / "ca.crt").read_text(),
        token=said["token"],
        factor=COMPRESSION,
    )
    fleet.answer()


@contextmanager
def _fleet() -> Iterator[Fleet]:
    command = [sys.executable, "-m", "tests.bench.fleet"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Fleet(process)
