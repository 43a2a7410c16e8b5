"""A laptop from its system files to what the technician reads, through the real ports."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from sickbay.v1 import telemetry_pb2
from sickbay_collector.cli import main
from tests.e2e.conftest import START_S
from tests.kit.collector import RunningCollector
from tests.kit.laptop import deliver, laptop_sampler

DAY = timedelta(days=1)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    with RunningCollector(tmp_path / "state") as running:
        yield running


def detail(collector: RunningCollector, device_id: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {collector.api_token()}"}
    url = f"{collector.api_url}/api/v1/devices/{device_id}"
    answer = httpx2.get(url, headers=headers, timeout=START_S)
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_first_report_uploads_what_the_collector_lacks(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """A section is asked for once; a second device with the same software uploads none."""
    now = datetime.now(UTC)
    taken = laptop_sampler(tmp_path, now - DAY).take(now, slow=True)
    first, second = collector.device(), collector.device()

    answers = [deliver(device, taken) for device in (first, first, second)]

    assert [len(answer.missing_section_hashes) for answer in answers] == [10, 0, 0]
    for answer in answers:
        assert {one.status for one in answer.results} == {telemetry_pb2.RECORD_STATUS_OK}
        assert [one.refused_value_count for one in answer.results] == [0, 0]


def test_technician_sees_the_laptop(collector: RunningCollector, tmp_path: Path) -> None:
    """What the probes read stands in the API: model, battery, drive health, a score."""
    now = datetime.now(UTC)
    taken = laptop_sampler(tmp_path, now - DAY).take(now, slow=True)
    device = collector.device()
    deliver(device, taken)

    found = detail(collector, device.device_id)

    text = json.dumps(found)
    for word in ("nvme0n1", "drive.nvme_used_ratio", "battery.capacity_ratio"):
        assert word in text
    assert found["presence"] == "online"


def test_page_of_the_laptop(
    collector: RunningCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sickbay device show` prints the page; a changed package shows in its change log."""
    now = datetime.now(UTC)
    sampler = laptop_sampler(tmp_path, now - DAY)
    device = collector.device()
    deliver(device, sampler.take(now - timedelta(minutes=1), slow=True))
    token = tmp_path / "token"
    token.write_text(collector.api_token())
    monkeypatch.setenv("SICKBAY_URL", collector.api_url)
    monkeypatch.setenv("SICKBAY_TOKEN_FILE", str(token))

    page = CliRunner().invoke(main, ["device", "show", device.device_id])

    assert page.exit_code == 0
    for word in ("Health", "Drives", "Volumes", "Network", "Memory"):
        assert word in page.stdout
