"""From nothing to a scored device: `sickbay quickstart` as a process."""

import json
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from sickbay_collector.db.migrate import head
from tests.e2e.conftest import START_S, StartQuickly, alive, run, until

KEYS = {
    "device_id",
    "hostname",
    "model",
    "model_reason",
    "score",
    "score_withheld_reason",
    "score_low",
    "score_high",
    "confidence",
    "sections",
    "software_count",
    "console_url",
    "api_url",
    "api_token",
    "metrics_url",
}
ANY_PORTS = {"agent_port": 0, "enroll_port": 0, "http_port": 0, "admin_port": 0}
# An agent looks for its parent once a second; the rest is for a busy machine.
ORPHAN_S = 60.0


def test_it_reports_this_machine_once_and_knows_it_again(
    tmp_path: Path, quick_start: StartQuickly
) -> None:
    """The last line is one JSON object; a second run in the folder is the same device."""
    folder = tmp_path / "state"
    first = run("quickstart", "--once", "--json", "--free-ports", "--dir", str(folder))

    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout.splitlines()[-1])
    assert KEYS - said.keys() == set()
    assert said["console_url"].startswith("http://127.0.0.1:")
    assert (said["model"] is None) == (said["model_reason"] is not None)
    assert (said["score"] is None) == (said["score_withheld_reason"] is not None)
    assert 0 <= said["score_low"] <= said["score_high"] <= 100
    assert 0 < said["confidence"] <= 1
    assert {"os", "software", "cpu", "memory"} <= set(said["sections"])
    assert {"ca", "collector.db", "agent", "rules.d", "desk.d", "cli.toml"} <= {
        path.name for path in folder.iterdir()
    }
    assert _mode(folder) == 0o700
    assert _mode(folder / "cli.toml") == 0o600
    assert _mode(folder / "console-password") == 0o600
    assert _mode(folder / "agent" / "agent.toml") == 0o600

    second = quick_start(folder)

    assert second.device_id == said["device_id"]
    assert second.said["api_token"] == said["api_token"]
    assert [device["device_id"] for device in second.cli("device", "ls")] == [said["device_id"]]

    url = second.said["console_url"]
    with httpx2.Client(base_url=url, follow_redirects=True, timeout=START_S) as browser:
        password = (folder / "console-password").read_text().strip()
        home = browser.post("sign-in", data={"login": "admin", "password": password})
        assert home.status_code == 200
        assert said["hostname"] in browser.get("devices").text

    second.process.kill()
    until(lambda: not alive(second.agent), within_s=ORPHAN_S, what="the agent ends")


def test_what_stays_up_answers_and_ends_when_told(
    tmp_path: Path, quick_start: StartQuickly
) -> None:
    """CLI, API and metrics know the device; SIGTERM ends both processes with exit code 0.

    A second quick start in the same folder is refused before it changes anything.
    """
    running = quick_start(tmp_path / "state")
    second = run("quickstart", "--once", "--free-ports", "--dir", str(running.folder))
    shown = running.cli("device", "show", str(running.said["hostname"]))
    headers = {"Authorization": f"Bearer {running.said['api_token']}"}
    with httpx2.Client(headers=headers, timeout=START_S) as client:
        device = client.get(f"{running.said['api_url']}/devices/{running.device_id}")
        metrics = client.get(str(running.said["metrics_url"]))

    assert _error(second).startswith(f"Error: {running.folder}: a quick start runs here already")
    assert shown["device_id"] == running.device_id
    assert device.json()["device_id"] == running.device_id
    assert 'sickbay_devices{presence="online"} 1.0' in metrics.text.splitlines()
    assert running.stop() == 0
    assert not alive(running.agent)


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port of 127.0.0.1 that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("option", ["agent_port", "http_port"])
def test_a_busy_port_is_named_with_its_option(tmp_path: Path, busy_port: int, option: str) -> None:
    done = run(
        "quickstart", "--once", "--dir", str(tmp_path / "state"), **{**ANY_PORTS, option: busy_port}
    )

    assert str(busy_port) in _error(done)
    assert option in _error(done)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "state"
    done = run("quickstart", "--once", "--free-ports", "--dir", str(folder))

    assert _error(done) == f"Error: {folder}: Not a directory; choose another --dir"


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "collector.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('r9999')")
        database.commit()
    done = run("quickstart", "--once", "--free-ports", "--dir", str(tmp_path))

    assert "r9999" in _error(done)
    assert head() in _error(done)


def _error(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that says what is wrong; before it there is only progress."""
    assert done.returncode == 1
    assert done.stdout == ""
    *progress, error = done.stderr.splitlines()
    assert error.startswith("Error: ")
    assert [line for line in progress if not line.startswith("collector: ")] == []
    return error


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
