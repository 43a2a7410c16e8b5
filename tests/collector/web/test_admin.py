import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.device import Presence
from sickbay_collector.metrics import Metrics
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.web.admin import make_admin
from tests.collector.clinic import serving

PROMETHEUS = shutil.which("prometheus")
# Prometheus starts in about a second and scrapes each second here.
_PATIENCE_S = 60


def a_fleet() -> FleetCounts:
    return FleetCounts(
        devices_by_presence={Presence.ONLINE: 41, Presence.LOST: 1},
        devices_by_score={"90-100": 40},
        open_alerts=3,
        open_tickets={},
    )


def make_metrics() -> Metrics:
    return Metrics(count_fleet=a_fleet, version="0.1.0")


@pytest.mark.parametrize(
    ("path", "ready", "status", "text"),
    [
        pytest.param("/livez", False, 200, "alive\n", id="alive before it is ready"),
        pytest.param("/readyz", True, 200, "ready\n", id="ready"),
        pytest.param("/readyz", False, 503, "not ready\n", id="not ready"),
    ],
)
def test_probes_of_whatever_runs_the_collector(
    path: str, status: int, text: str, *, ready: bool
) -> None:
    with TestClient(make_admin(make_metrics(), lambda: ready)) as client:
        answer = client.get(path)

    assert (answer.status_code, answer.text) == (status, text)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("*/*", "text/plain", id="plain"),
        pytest.param("application/openmetrics-text", "application/openmetrics-text", id="open"),
    ],
)
def test_metrics_come_in_the_format_asked_for(accept: str, content_type: str) -> None:
    with TestClient(make_admin(make_metrics(), lambda: True)) as client:
        answer = client.get("/metrics", headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert 'sickbay_devices{presence="online"} 41.0' in answer.text


def test_nothing_else_is_served() -> None:
    with TestClient(make_admin(make_metrics(), lambda: True)) as client:
        statuses = [client.get(path).status_code for path in ("/", "/api/v1/devices", "/docs")]

    assert statuses == [404, 404, 404]


@pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed")
def test_prometheus_scrapes_and_answers(tmp_path: Path) -> None:
    """A real Prometheus takes the metrics and answers a query about them."""
    with serving(make_admin(make_metrics(), lambda: True)) as url:
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [
                {
                    "job_name": "sickbay",
                    "static_configs": [{"targets": [url.removeprefix("http://")]}],
                }
            ],
        }
        (tmp_path / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        with running_prometheus(tmp_path) as prometheus:
            value = wait_for_value(prometheus, 'sickbay_devices{presence="online"}')
            kinds = ask(prometheus, "/api/v1/metadata?metric=sickbay_ingest_batch_records")

    assert value == "41"
    assert kinds["sickbay_ingest_batch_records"][0]["type"] == "histogram"


@contextmanager
def running_prometheus(folder: Path) -> Iterator[str]:
    """Run Prometheus on a free port until the block ends."""
    command = [
        str(PROMETHEUS),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--web.listen-address=127.0.0.1:0",
        "--log.format=json",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield f"http://{listen_address(iter(process.stderr))}"
        finally:
            process.terminate()
            process.communicate()


def listen_address(log: Iterator[str]) -> str:
    """Return the address that Prometheus says it got, once it is ready."""
    address = ""
    for line in log:
        said = json.loads(line)
        if said.get("msg") == "Listening on":
            address = said["address"]
        if str(said.get("msg")).startswith("Server is ready"):
            return address
    raise AssertionError("prometheus ended before it was ready")


def wait_for_value(prometheus: str, query: str) -> str:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        found = ask(prometheus, f"/api/v1/query?query={quote(query)}")["result"]
        if found:
            return str(found[0]["value"][1])
        time.sleep(0.1)  # another process: nothing here could tell when it has scraped
    raise AssertionError(f"prometheus has no value for {query}")


def ask(prometheus: str, path: str) -> dict[str, list[dict[str, Any]]]:
    with urlopen(f"{prometheus}{path}", timeout=5) as answer:  # noqa: S310 - our own http address
        data: dict[str, list[dict[str, Any]]] = json.load(answer)["data"]
    return data
