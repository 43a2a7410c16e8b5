"""Taking in what a real Alertmanager 0.25 sent; `alertmanager/*.json` are its own words."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sickbay_collector.web.api.alertmanager import MAX_NOTIFICATION_BYTES
from tests.collector.clinic import SICK, Clinic

URL = "/api/v1/alertmanager"
SENT = Path(__file__).with_name("alertmanager")


def sent(name: str) -> dict[str, Any]:
    """Return a notification as it was sent."""
    found: dict[str, Any] = json.loads((SENT / f"{name}.json").read_text(encoding="utf-8"))
    return found


def told(client: TestClient, notification: object) -> dict[str, Any]:
    """Return what became of a notification."""
    answer = client.post(URL, json=notification)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(client: TestClient, number: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/tickets/{number}").json()
    return found


def test_a_group_is_one_ticket_whatever_is_sent_how_often(technician: TestClient) -> None:
    names = ("1-firing", "2-both", "3-one-over", "4-resolved")
    did = [told(technician, sent(name)) for name in names for _ in range(2)]
    ticket = shown(technician, did[0]["ticket"])

    assert [one["did"] for one in did] == [
        *("opened", "nothing", "joined", "nothing"),
        *("joined", "nothing", "resolved", "nothing"),
    ]
    assert {one["ticket"] for one in did} == {2}
    assert (ticket["status"], ticket["resolution"]) == ("resolved", "automatic")
    assert (ticket["title"], ticket["source"], ticket["category"]) == (
        "Load is high",
        "alertmanager",
        "hardware",
    )
    assert ticket["description"].splitlines() == [
        "Above 12 for ten minutes.",
        "runbook_url: https://wiki.example.com/load",
        "Alertmanager: http://alertmanager.example.com:9093",
    ]
    worklog = {one["event"]: one["text"] for one in ticket["worklog"]}
    assert worklog["opened"] == "1 alert fires at Alertmanager: HighLoad on web1:9100"
    assert worklog["joined"] == "No longer fires: HighLoad on web1:9100. 1 alert fires now"
    assert len([one for one in ticket["worklog"] if one["event"] == "joined"]) == 2


def test_it_is_reopened_within_a_week_and_another_after(
    clinic: Clinic, technician: TestClient
) -> None:
    first = told(technician, sent("1-firing"))
    told(technician, sent("4-resolved"))
    again = told(technician, sent("1-firing"))
    told(technician, sent("4-resolved"))
    clinic.now += timedelta(days=7)
    later = told(technician, sent("1-firing"))

    assert [first["did"], again["did"], later["did"]] == ["opened", "reopened", "renewed"]
    assert (first["ticket"], again["ticket"], later["ticket"]) == (2, 2, 3)
    assert shown(technician, 2)["status"] == "closed"


def test_device_severity_and_truncation(technician: TestClient) -> None:
    notification = sent("1-firing") | {"truncatedAlerts": 7}
    notification["alerts"][0]["labels"] |= {"instance": "WS-SICK:9100", "severity": "critical"}
    ticket = shown(technician, told(technician, notification)["ticket"])

    assert (ticket["device_id"], ticket["urgency"]) == (SICK, 1)
    assert "7 more are not listed" in ticket["worklog"][0]["text"]


def test_a_worse_alert_raises_the_priority(technician: TestClient) -> None:
    told(technician, sent("1-firing"))
    worse = sent("2-both")
    worse["alerts"][1]["labels"]["severity"] = "critical"
    ticket = shown(technician, told(technician, worse)["ticket"])

    assert (ticket["priority"], ticket["urgency"]) == ("high", 1)


def test_a_merged_ticket_goes_on_with_its_group(technician: TestClient) -> None:
    told(technician, sent("1-firing"))
    other = sent("1-firing") | {"groupKey": "another"}
    told(technician, other)
    done = technician.post("/api/v1/tickets/2/merge", json={"into": "3"}, headers={"If-Match": "*"})
    assert done.status_code == 200, done.text
    over = [told(technician, sent("4-resolved") | {"groupKey": key}) for key in ("another",)]
    last = told(technician, sent("4-resolved"))

    assert [one["did"] for one in (*over, last)] == ["confirmed", "resolved"]
    assert last["ticket"] == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "3"}, "version: Input should be '4'"),
        ({"groupKey": ""}, "groupKey: String should have at least 1 character"),
        ({"status": "resolved"}, "status: it is resolved, but 1 of the alerts fire"),
        ({"alerts": []}, "status: it is firing, but none of the alerts is"),
        ({"alerts": [{"status": "firing"}]}, "alerts/0/startsAt: Field required"),
        ({"truncatedAlerts": -1}, "truncatedAlerts: Input should be greater"),
    ],
)
def test_what_alertmanager_would_not_send_is_refused(
    technician: TestClient, change: dict[str, Any], said: str
) -> None:
    answer = technician.post(URL, json=sent("1-firing") | change)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"groupKey": "\\ud800"}', b"\xff"])
def test_what_is_no_notification_is_refused(technician: TestClient, body: bytes) -> None:
    assert technician.post(URL, content=body).status_code == 422


def test_body_has_a_limit(technician: TestClient) -> None:
    text = json.dumps(sent("1-firing"))
    most = text + " " * (MAX_NOTIFICATION_BYTES - len(text))

    assert technician.post(URL, content=most).status_code == 200
    assert technician.post(URL, content=most + " ").status_code == 413


def test_hostile_texts_are_made_plain(technician: TestClient) -> None:
    notification = sent("1-firing")
    notification["commonAnnotations"] = {"summary": "a\x00b\u202ec", "\x00": "\x00"}
    notification["alerts"][0]["labels"] = {"instance": "\x00", "category": "\x00"}
    ticket = shown(technician, told(technician, notification)["ticket"])

    assert (ticket["title"], ticket["category"]) == ("a b c", "other")


def test_a_reader_may_not(reader: TestClient, anonymous: TestClient) -> None:
    assert reader.post(URL, json=sent("1-firing")).status_code == 403
    del anonymous.headers["Authorization"]
    assert anonymous.post(URL, json=sent("1-firing")).status_code == 401
