"""A device goes to sleep: logind's word, the agent's goodbye, and what the collector shows."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.agent.fakes import LAPTOP
from tests.e2e.conftest import START_S, until
from tests.kit.collector import RunningCollector
from tests.kit.logind import DAEMON, PATIENCE_S, StandIn, a_bus, a_short_folder, is_let

_FOLDERS = ("proc", "sys", "etc", "var", "run", "dev", "usr")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    with RunningCollector(tmp_path / "state") as running:
        yield running


@pytest.fixture
def laptop() -> Iterator[Path]:
    """The system files of a laptop, which a running agent reads in place of this machine's."""
    with a_short_folder() as folder:
        tree = folder / "laptop"
        shutil.copytree(LAPTOP, tree, symlinks=True)
        yield tree


def _agent(collector: RunningCollector, laptop: Path, folder: Path) -> "subprocess.Popen[bytes]":
    authority = folder / "ca.crt"
    authority.write_bytes(collector.collector.authority.certificate_pem)
    settings = {
        "collector": [f"127.0.0.1:{collector.ports.agent}"],
        "enrollment": f"127.0.0.1:{collector.ports.enroll}",
        "ca_file": str(authority),
        "token": collector.token(),
        "state_dir": str(folder / "agent"),
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    lines += ["[roots]\n", *(f'{name} = "{laptop / name}"\n' for name in _FOLDERS)]
    config = folder / "agent.toml"
    config.write_text("".join(lines))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SICKBAY_")}
    command = [sys.executable, "-m", "sickbay_agent.cli", "run", "--config", str(config)]
    return subprocess.Popen(command, env=plain, stdin=subprocess.DEVNULL)


def _presence(collector: RunningCollector) -> str:
    headers = {"Authorization": f"Bearer {collector.api_token()}"}
    url = f"{collector.api_url}/api/v1/devices"
    answer = httpx2.get(url, headers=headers, timeout=START_S)
    items = answer.json()["items"]
    return str(items[0]["presence"]) if items else ""


@pytest.mark.skipif(DAEMON is None, reason="dbus-daemon is not installed: make debian")
def test_a_device_is_asleep_and_not_lost(
    collector: RunningCollector, laptop: Path, tmp_path: Path
) -> None:
    """It sleeps only when the collector has the goodbye; the daemon on the bus is a real one."""
    with a_bus(laptop / "run") as bus, StandIn(bus) as logind:
        agent = _agent(collector, laptop, tmp_path)
        try:
            lock = logind.wait_for_lock()
            until(lambda: _presence(collector) == "online", within_s=START_S, what="a report")
            logind.prepare_for_sleep(going=True)
            assert is_let(lock)

            assert _presence(collector) == "asleep"
        finally:
            agent.terminate()
            agent.wait(PATIENCE_S)
