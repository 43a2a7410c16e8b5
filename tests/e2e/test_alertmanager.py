"""A real Alertmanager tells a collector that works: one ticket, resolved and reopened by itself."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from sickbay_collector.services.access import Role
from tests.e2e.conftest import until
from tests.kit.alertmanager import ALERTMANAGER, end, fire, running_alertmanager
from tests.kit.collector import RunningCollector

EXAMPLE = Path(__file__).parents[2] / "deploy/prometheus/alertmanager.yml"
LABELS = {"alertname": "HighLoad", "instance": "web1:9100", "severity": "critical"}
NOTES = {"summary": "Load of web1 is high", "description": "15 for ten minutes."}
WITHIN_S = 60


@pytest.mark.skipif(ALERTMANAGER is None, reason="prometheus-alertmanager is not installed")
def test_alertmanager_opens_resolves_and_reopens_one_ticket(tmp_path: Path) -> None:
    """It repeats what it said each second meanwhile, which changes nothing."""
    with RunningCollector(tmp_path / "state") as collector:
        token = collector.api_token(Role.TECHNICIAN)

        def tickets() -> list[dict[str, Any]]:
            answer = httpx2.get(
                f"{collector.api_url}/api/v1/tickets",
                headers={"Authorization": f"Bearer {token}"},
                timeout=WITHIN_S,
            )
            items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
            return items

        with running_alertmanager(tmp_path, EXAMPLE, collector.api_url, token) as alertmanager:
            fire(alertmanager, LABELS, NOTES)
            until(lambda: tickets() != [], within_s=WITHIN_S, what="a ticket opens")
            (opened,) = tickets()
            end(alertmanager, LABELS, NOTES)
            until(
                lambda: tickets()[0]["status"] == "resolved", within_s=WITHIN_S, what="it resolves"
            )
            fire(alertmanager, LABELS, NOTES)
            until(
                lambda: tickets()[0]["status"] == "reopened", within_s=WITHIN_S, what="it reopens"
            )
            shown = httpx2.get(
                f"{collector.api_url}/api/v1/tickets/{opened['number']}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=WITHIN_S,
            ).json()

    assert (opened["title"], opened["source"], opened["priority"]) == (
        "Load of web1 is high",
        "alertmanager",
        "high",
    )
    worklog = [one["event"] for one in shown["worklog"] if one["event"] != "escalation"]
    assert worklog == ["opened", "resolved", "reopened"]
