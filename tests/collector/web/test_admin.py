from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.device import Presence
from sickbay_collector.metrics import Metrics
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.web.admin import make_admin
from tests.collector.clinic import serving
from tests.kit.prometheus import PROMETHEUS, ask, running_prometheus, wait_for_value


def a_fleet() -> FleetCounts:
    return FleetCounts(
        devices_by_presence={Presence.ONLINE: 41, Presence.LOST: 1},
        devices_by_score={"90-100": 40},
        open_alerts=3,
        open_tickets={},
        sla_clocks={},
        sla_outcomes={},
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
    with (
        serving(make_admin(make_metrics(), lambda: True)) as url,
        running_prometheus(tmp_path, f"{url}/metrics") as prometheus,
    ):
        value = wait_for_value(prometheus, 'sickbay_devices{presence="online"}')
        kinds = ask(prometheus, "/api/v1/metadata?metric=sickbay_ingest_batch_records")

    assert value == "41"
    assert kinds["sickbay_ingest_batch_records"][0]["type"] == "histogram"
