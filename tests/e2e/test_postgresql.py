"""The same collector at home on PostgreSQL, from the commands that set it up to the metrics."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sickbay.v1 import telemetry_pb2
from tests.e2e.conftest import SICKBAY, START_S, STOP_S, environment, run
from tests.kit.collector import RunningCollector
from tests.kit.device import FakeDevice, Ports, sample_record
from tests.kit.laptop import deliver, laptop_sampler
from tests.kit.samples import GIB, office_sample

_LISTENING = re.compile(r"agents (\d+), enrollment (\d+), http (\d+), metrics (\d+)")


@dataclass
class Served:
    """A `sickbay serve` that runs."""

    folder: Path
    settings: dict[str, object]
    process: subprocess.Popen[str]
    ports: tuple[int, ...]

    def local(self, *arguments: str) -> str:
        """Return what a command on the collector's machine prints."""
        done = run(*arguments, **self.settings)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def remote(self, *arguments: str) -> Any:
        """Return what a command over the API says."""
        token = self.folder / "token"
        if not token.exists():
            token.write_text(self.local("user", "token", "ada"))
        url = f"http://127.0.0.1:{self.ports[2]}"
        options = ("--url", url, "--token-file", str(token), "-o", "json")
        return json.loads(self.local(*arguments, *options))

    def device(self) -> FakeDevice:
        """Return a newly enrolled device."""
        secret, _, _ = self.local("token", "make").rpartition(".")
        authority = (self.folder / "ca" / "ca.crt").read_bytes()
        ports = Ports(agent=self.ports[0], enroll=self.ports[1], ca_pem=authority)
        return FakeDevice.enrolled(ports, secret)


@pytest.fixture
def served(tmp_path: Path, postgresql_url: str) -> Iterator[Served]:
    """A collector that was set up by its commands."""
    names = ("agent_port", "enroll_port", "http_port", "admin_port", "drain_s")
    settings: dict[str, object] = {
        "state_dir": tmp_path,
        "database_url": postgresql_url,
        **dict.fromkeys(names, 0),
    }
    migrated = run("migrate", **settings)
    assert migrated.returncode == 0, migrated.stderr
    with subprocess.Popen(
        [SICKBAY, "serve"], env=environment(settings), stderr=subprocess.PIPE, text=True
    ) as process:
        yield Served(tmp_path, settings, process, _ports(process))
        process.kill()


def _ports(process: subprocess.Popen[str]) -> tuple[int, ...]:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := _LISTENING.search(line):
            return tuple(int(port) for port in found.groups())
    pytest.fail("".join(said))


def _fill(device: FakeDevice) -> None:
    """Report a system volume that has been full for an hour."""
    begin = datetime.now(UTC) - timedelta(hours=1)
    envelopes = [
        device.envelope(
            sample_record(begin + timedelta(minutes=minute), office_sample(free_bytes=GIB))
        )
        for minute in range(60)
    ]
    results = device.report(*envelopes).results

    assert {one.status for one in results} == {telemetry_pb2.RECORD_STATUS_OK}


def test_a_collector_on_postgresql_does_all_it_does_on_sqlite(
    served: Served, tmp_path: Path
) -> None:
    laptop, office = served.device(), served.device()
    now = datetime.now(UTC)
    taken = laptop_sampler(tmp_path, now - timedelta(days=1)).take(now, slow=True)
    deliver(laptop, taken)
    _fill(office)

    listed = {one["device_id"] for one in served.remote("device", "ls")}
    tickets = served.remote("ticket", "ls")
    page = served.remote("device", "show", laptop.device_id)
    history = served.remote("device", "history", office.device_id, "--metric", "cpu.busy_ratio")

    assert listed == {laptop.device_id, office.device_id}
    assert [one["family"] for one in tickets] == ["disk.space"]
    assert tickets[0]["device_id"] == office.device_id
    assert page["sections"]
    assert history
    served.remote("ticket", "take", str(tickets[0]["number"]))
    shown = served.remote("ticket", "show", str(tickets[0]["number"]))
    assert shown["assignee"] == "ada"

    admin = f"http://127.0.0.1:{served.ports[3]}"
    metrics = httpx2.get(f"{admin}/metrics", timeout=START_S).text
    assert "sickbay_database_up 1.0" in metrics
    assert 'sickbay_devices{presence="online"} 2.0' in metrics
    assert httpx2.get(f"{admin}/readyz", timeout=START_S).status_code == 200
    for device in (laptop, office):
        device.close()
    served.process.terminate()
    assert served.process.wait(STOP_S) == 0


def test_serve_says_what_to_do_with_an_empty_database(tmp_path: Path, postgresql_url: str) -> None:
    """On PostgreSQL nobody but `sickbay migrate` changes the schema: others may be using it."""
    done = run("serve", state_dir=tmp_path, database_url=postgresql_url)

    assert done.returncode == 1
    assert "database is empty: run `sickbay migrate`" in done.stderr


def test_a_collector_that_moved_goes_on_where_it_was(tmp_path: Path, postgresql_url: str) -> None:
    """Devices keep their certificates and places; what they sent before is a duplicate."""
    state = tmp_path / "state"
    with RunningCollector(state) as before:
        device = before.device()
        first = device.envelope(sample_record(datetime.now(UTC), office_sample()))
        device.report(first)
        device.close()
    old = f"sqlite:///{state}/collector.db"
    moved = run("migrate", "--from", old, "--to", postgresql_url)
    assert moved.returncode == 0, moved.stderr
    with RunningCollector(state, database_url=postgresql_url) as after:
        device.ports = after.ports
        second = device.envelope(sample_record(datetime.now(UTC), office_sample()))
        results = device.report(first, second).results
        device.close()

    assert [one.status for one in results] == [
        telemetry_pb2.RECORD_STATUS_DUPLICATE,
        telemetry_pb2.RECORD_STATUS_OK,
    ]
