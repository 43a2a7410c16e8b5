"""Silences, maintenance windows and alerts over HTTP."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.collector.clinic import NOW, SICK, Clinic

DISK = {"matcher": {"rule": ["disk.*"], "device": ["ws-*"]}}
SILENCE = {
    **DISK,
    "reason": "known",
    "ends_at": (NOW + timedelta(hours=8)).isoformat(),
}
WINDOW = {
    "title": "Patch night",
    "matcher": {"device": ["ws-*"]},
    "start": "2026-11-29T02:00",
    "zone": "Europe/Berlin",
    "duration_s": 7200,
    "rrule": "FREQ=WEEKLY;BYDAY=SU",
    "until": "2027-03-01T00:00:00Z",
    "reason": "patches",
}


def test_silence_is_added_listed_extended_and_expired(technician: TestClient) -> None:
    made = technician.post("/api/v1/silences", json=SILENCE)
    number = made.json()["number"]
    extended = technician.post(
        f"/api/v1/silences/{number}/extend",
        json={"ends_at": (NOW + timedelta(days=30)).isoformat()},
    )
    listed = technician.get("/api/v1/silences").json()["items"]
    expired = technician.post(f"/api/v1/silences/{number}/expire")

    assert made.status_code == 201
    assert made.json()["author"] == "technician.doe"
    assert made.json()["matcher"]["device"] == ["ws-*"]
    assert made.json()["active"] is True
    assert extended.json()["ends_at"] == "2026-12-20T12:30:00Z"
    assert listed == [extended.json()]
    assert (expired.json()["active"], expired.json()["ended_by"]) == (False, "technician.doe")
    assert technician.get("/api/v1/silences").json()["items"] == []
    shown = technician.get(f"/api/v1/silences/{number}").json()
    assert shown == {**expired.json(), "muted": []}


def test_silences_come_in_pages(technician: TestClient) -> None:
    for _ in range(3):
        technician.post("/api/v1/silences", json=SILENCE)
    first = technician.get("/api/v1/silences?limit=2").json()
    rest = technician.get(f"/api/v1/silences?limit=2&cursor={first['next_cursor']}").json()

    assert [one["number"] for one in first["items"]] == [3, 2]
    assert [one["number"] for one in rest["items"]] == [1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("path", ["silences", "windows"])
def test_preview_shows_what_would_be_hidden(reader: TestClient, path: str) -> None:
    found = reader.post(f"/api/v1/{path}/preview", json=DISK).json()

    assert found["devices"] == 3
    assert found["open_count"] == found["recent_count"] == 1
    assert found["open"][0]["hostname"] == "ws-sick"
    assert found["open"][0]["rule_id"] == "disk.full.crit"
    assert found["is_complete"] is True
    other = {"matcher": {"category": ["network"]}}
    assert reader.post(f"/api/v1/{path}/preview", json=other).json()["open_count"] == 0


def test_window_is_planned_shown_and_cancelled(technician: TestClient) -> None:
    made = technician.post("/api/v1/windows", json=WINDOW)
    number = made.json()["number"]
    occurrences = technician.get(f"/api/v1/windows/{number}/occurrences").json()["items"]
    listed = technician.get("/api/v1/windows").json()["items"]
    cancelled = technician.post(f"/api/v1/windows/{number}/cancel").json()

    assert made.status_code == 201
    assert (made.json()["state"], made.json()["starts_at"]) == ("planned", "2026-11-29T01:00:00Z")
    assert made.json()["start"] == "2026-11-29T02:00:00"
    assert made.json()["grace_s"] == 1800.0
    assert listed == [made.json()]
    assert occurrences[0]["ends_at"] == "2026-11-29T03:00:00Z"
    assert occurrences[0]["checks_at"] == "2026-11-29T03:30:00Z"
    assert (cancelled["state"], cancelled["cancelled_by"]) == ("cancelled", "technician.doe")
    assert technician.get("/api/v1/windows").json()["items"] == []
    assert len(technician.get("/api/v1/windows?open=false").json()["items"]) == 1


def test_window_that_does_not_recur_needs_no_end(technician: TestClient) -> None:
    once = {**WINDOW, "rrule": "", "until": None}
    made = technician.post("/api/v1/windows", json=once).json()

    assert made["until"] == "2026-11-29T03:00:00Z"


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        pytest.param("silences", {**SILENCE, "matcher": {}}, "names nothing", id="nothing"),
        pytest.param(
            "silences", {**SILENCE, "ends_at": NOW.isoformat()}, "at most 30 days", id="past"
        ),
        pytest.param("silences", {**SILENCE, "reason": " "}, "reason", id="no-reason"),
        pytest.param(
            "windows", {**WINDOW, "until": None}, "needs its end", id="recurs-without-end"
        ),
        pytest.param("windows", {**WINDOW, "zone": "Mars"}, "no time zone", id="zone"),
        pytest.param(
            "windows", {**WINDOW, "start": "2026-11-29T02:00Z"}, "local time", id="aware-start"
        ),
        pytest.param("windows", {**WINDOW, "start": "soon"}, "local time", id="start"),
        pytest.param("windows", {**WINDOW, "rrule": "FREQ=HOURLY"}, "rrule", id="rule"),
        pytest.param("windows", {**WINDOW, "duration_s": 59}, "duration_s", id="short"),
    ],
)
def test_bad_input_is_refused_with_what_is_wrong(
    technician: TestClient, path: str, body: object, detail: str
) -> None:
    answer = technician.post(f"/api/v1/{path}", json=body)

    assert answer.status_code == 422
    assert detail in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "silences",
        "silences/1/expire",
        "silences/1/extend",
        "windows",
        "windows/1/cancel",
    ],
)
def test_readers_change_nothing(reader: TestClient, path: str) -> None:
    assert reader.post(f"/api/v1/{path}", json={}).status_code == 403


@pytest.mark.parametrize(
    "path", ["silences/9", "windows/9", "windows/9/occurrences", "silences/0", "alerts?cursor=x"]
)
def test_what_is_not_there(reader: TestClient, path: str) -> None:
    assert reader.get(f"/api/v1/{path}").status_code in {404, 422}


def test_alerts_are_listed_with_why_they_have_no_ticket(clinic: Clinic, reader: TestClient) -> None:
    with clinic.open_writes() as uow:
        (alert,) = uow.alerts.open_of(SICK)
        quiet = {
            "alert_id": "0195a000-0000-7000-8000-0000000000cc",
            "suppressed_reason": "silence 1 by mia until soon: known",
            "ticket_id": None,
            "instance": "other",
        }
        plain = {name: getattr(alert, name) for name in alert.__slots__}
        uow.alerts.add(type(alert)(**{**plain, **quiet}))
        uow.commit()
    every = reader.get("/api/v1/alerts?limit=1").json()
    rest = reader.get(f"/api/v1/alerts?limit=1&cursor={every['next_cursor']}").json()
    suppressed = reader.get("/api/v1/alerts?suppressed=true&status=open").json()["items"]

    assert len(every["items"]) == len(rest["items"]) == 1
    assert rest["next_cursor"] is None
    assert [one["suppressed_reason"] for one in suppressed] == [quiet["suppressed_reason"]]
    assert suppressed[0]["hostname"] == "ws-sick"
    assert reader.get("/api/v1/alerts?device=ws-well").json()["items"] == []
    assert reader.get("/api/v1/alerts?rule=mem").json()["items"] == []
    assert reader.get("/api/v1/alerts?since=2026-11-21T00:00:00Z").json()["items"] == []
    assert len(reader.get("/api/v1/alerts?status=closed").json()["items"]) == 0
