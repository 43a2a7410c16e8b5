"""What the agent costs a device: memory once it has reported, milliseconds of each probe."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psutil

from tests.bench.load import server

_FIRST_REPORT_S = 120.0
_ROUNDS = 3
_MIB = 1 << 20


def measure() -> dict[str, float]:
    """Return MiB of a running agent, and the quickest of three runs of each probe."""
    return {"agent_rss_mib": _rss_mib()} | _probes_ms()


def _rss_mib() -> float:
    with (
        tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name,
        server("collector", Path(name)) as (_, said),
    ):
        folder = Path(name)
        config = folder / "agent.toml"
        config.write_text(_settings(said, folder))
        # As the unit file runs it: the log goes elsewhere.
        agent = subprocess.Popen(
            [*_agent(), "run", "--config", str(config), "--log-level", "error"],
            stdin=subprocess.DEVNULL,
        )
        try:
            _wait_for_report(folder / "collector.db", agent)
            return psutil.Process(agent.pid).memory_info().rss / _MIB
        finally:
            agent.terminate()
            agent.wait(20)


def _wait_for_report(database: Path, agent: "subprocess.Popen[bytes]") -> None:
    """Wait until the agent's first sample and its software list are stored."""
    deadline = time.monotonic() + _FIRST_REPORT_S
    query = (
        "SELECT count(*) FROM device_state JOIN section_version USING (device_id) "
        "WHERE kind = 'software'"
    )
    while time.monotonic() < deadline:
        if agent.poll() is not None:
            raise AssertionError(f"the agent ended with exit code {agent.returncode}")
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            if connection.execute(query).fetchone()[0]:
                return
        time.sleep(0.2)
    raise AssertionError(f"the agent did not report within {_FIRST_REPORT_S:g} s")


def _settings(said: Mapping[str, object], folder: Path) -> str:
    settings = {
        "collector": [f"127.0.0.1:{said['agent']}"],
        "enrollment": f"127.0.0.1:{said['enroll']}",
        "ca_file": str(folder / "ca" / "ca.crt"),
        "token": str(said["token"]),
        "state_dir": str(folder / "agent"),
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _probes_ms() -> dict[str, float]:
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name:
        for _ in range(_ROUNDS):
            done = subprocess.run(
                [*_agent(), "once", "--json", "--state-dir", name],
                check=False,  # a probe that cannot read here makes it 3
                capture_output=True,
                env=dict(os.environ),
            )
            for run in json.loads(done.stdout)["sample"]["probe_runs"]:
                key = f"probe_{run['probe']}_ms"
                best[key] = min(best.get(key, float("inf")), run["duration_s"] * 1000)
    return best


def _agent() -> list[str]:
    return [sys.executable, "-m", "sickbay_agent.cli"]
