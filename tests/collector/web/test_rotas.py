"""Who is on call, what is missing, staff, and calendars, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from sickbay_collector.services.audit_ports import AuditFilter
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.rota_desk import ROTA_DESK
from tests.collector.served import api_on

ROTAS = "/api/v1/rotas"
FEEDS = "/api/v1/feeds"
OWN = {"login": "technician.doe"}


@pytest.fixture
def desk(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with rotas."""
    with open_clinic(template, tmp_path, book=lambda: ROTA_DESK) as opened:
        yield opened


@pytest.fixture
def client(desk: Clinic) -> Iterator[TestClient]:
    """Open a client with a technician's token."""
    with TestClient(api_on(desk.context()), raise_server_exceptions=False) as client:
        client.headers.update(desk.bearer(Role.TECHNICIAN))
        yield client


def events(body: bytes) -> list[tuple[str, str, str]]:
    """Return begin, end and title of a calendar's events."""
    return [
        (
            f"{event.decoded('dtstart'):%m-%d %H:%M}",
            f"{event.decoded('dtend'):%m-%d %H:%M}",
            str(event["summary"]),
        )
        for event in Calendar.from_ical(body).walk("VEVENT")
    ]


def test_rotas_are_listed_with_who_is_on_call(client: TestClient) -> None:
    now = client.get(ROTAS).json()
    night = client.get(ROTAS, params={"at": "2026-11-20T03:00:00Z"}).json()

    assert [one["id"] for one in now["items"]] == ["nights", "experts"]
    assert now["items"][0]["on_call"] == []
    assert night["items"][0]["on_call"] == [
        {
            "login": "ada",
            "until": "2026-11-20T08:00:00Z",
            "reason": "ada's turn in week",
            "rota": "nights",
            "layer": "week",
        }
    ]
    assert now["advice"] == ""


def test_desk_without_rotas_says_what_to_configure(reader: TestClient) -> None:
    assert "there are no rotas" in reader.get(ROTAS).json()["advice"]
    told = reader.get(f"{ROTAS}/L1/on-call")
    assert told.status_code == 404
    assert "nothing is required" in reader.get("/api/v1/coverage").json()["advice"]
    assert len(reader.get("/api/v1/coverage/staffing").json()["hours"]) == 168


def test_rota_shows_layers_and_duties_to_come(client: TestClient) -> None:
    found = client.get(f"{ROTAS}/nights", params={"days": 2}).json()

    assert found["layers"][0]["participants"] == ["ada", "bob"]
    assert found["layers"][0]["handover"] == "FREQ=WEEKLY"
    assert [one["begin"] for one in found["duties"]] == [
        "2026-11-21T00:00:00Z",
        "2026-11-22T00:00:00Z",
    ]


def test_dry_run_says_who_is_told_why_and_who_next(client: TestClient) -> None:
    told = client.get(f"{ROTAS}/L1/on-call", params={"at": "2026-11-22T03:00:00Z"}).json()

    assert [(one["stage"], one["login"], one["reason"]) for one in told["calls"]] == [
        ("now", "ada", "ada's turn in week"),
        ("next", "bob", "further on in rota nights"),
        ("next_tier", "eve", "eve's turn in all"),
    ]
    assert told["advice"] == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("nights", "no layer has hours at that time", id="rota by day"),
        pytest.param("L3", "no rota answers for tier L3", id="tier without a rota"),
    ],
)
def test_dry_run_says_what_to_configure(client: TestClient, asked: str, said: str) -> None:
    assert said in client.get(f"{ROTAS}/{asked}/on-call").json()["advice"]


def test_gaps_ahead_of_time(client: TestClient) -> None:
    query = {"from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    found = client.get("/api/v1/coverage", params=query).json()

    assert found["gap_minutes"] == {"L1": 60.0}
    (gap,) = found["gaps"]
    assert (gap["requirement"], gap["users"], gap["tier"]) == ("day", "staff", "L1")
    assert (gap["begin"], gap["end"]) == ("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z")
    assert [one["words"] for one in gap["missing"]] == ["nobody of tier L1", "1 more staff"]


def test_gaps_are_looked_for_four_weeks_ahead(client: TestClient) -> None:
    assert len(client.get("/api/v1/coverage").json()["gaps"]) == 20


def test_staff_is_suggested_from_the_tickets(client: TestClient) -> None:
    query = {"weeks": "1", "zone": "Europe/Berlin", "tier": "L1"}
    found = client.get("/api/v1/coverage/staffing", params=query).json()

    (busy,) = [one for one in found["hours"] if one["needed"]]
    assert tuple(
        busy[name] for name in ("weekday", "hour", "arrivals", "handling_min", "needed")
    ) == (4, 11, 1.0, 20.0, 2)
    assert found["tickets"] == 1
    assert [(one["shift"], one["assigned"], one["needed"]) for one in found["shifts"]] == [
        ("office", 2, 2)
    ]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("rotas/none", 404, "no rota 'none'", id="unknown rota"),
        pytest.param("rotas/none/on-call", 404, "no rota and no tier 'none'", id="unknown asked"),
        pytest.param("rotas?at=sunday", 422, "at", id="no time"),
        pytest.param("rotas?at=2031-11-26T00:00:00Z", 422, "within five years", id="far ahead"),
        pytest.param(
            "rotas/L1/on-call?at=2021-11-14T00:00:00Z", 422, "within five years", id="long ago"
        ),
        pytest.param("coverage?from=2031-11-26T00:00:00Z", 422, "within five years", id="far gaps"),
        pytest.param("rotas/nights?days=0", 422, "days", id="no days"),
        pytest.param("rotas/nights?days=367", 422, "days", id="more than a year of days"),
        pytest.param(
            "coverage?from=2026-11-23T00:00:00Z&until=2026-11-23T00:00:00Z",
            422,
            "must be after from",
            id="nothing to look at",
        ),
        pytest.param(
            "coverage?from=2026-01-01T00:00:00Z&until=2027-01-03T00:00:00Z",
            422,
            "at most 366 days",
            id="more than a year",
        ),
        pytest.param("coverage?since=2026-01-01T00:00:00Z", 422, "since", id="unknown key"),
        pytest.param("coverage/staffing?weeks=0", 422, "weeks", id="no weeks"),
        pytest.param("coverage/staffing?weeks=105", 422, "weeks", id="too many weeks"),
        pytest.param("coverage/staffing?ratio=1", 422, "ratio", id="all in time"),
        pytest.param("coverage/staffing?within_min=0", 422, "within_min", id="at once"),
        pytest.param("coverage/staffing?zone=Mars/Base", 422, "no time zone", id="no zone"),
        pytest.param("coverage/staffing?tier=L9", 404, "no tier 'L9'", id="unknown tier"),
    ],
)
def test_what_is_refused(client: TestClient, path: str, status: int, said: str) -> None:
    answer = client.get(f"/api/v1/{path}")

    assert status == answer.status_code
    assert said in answer.json()["detail"]


def test_feed_shows_the_rota_without_any_header(client: TestClient, desk: Clinic) -> None:
    secret = client.post(FEEDS, json=OWN).json()["secret"]
    client.headers.pop("authorization")

    answer = client.get(f"{ROTAS}/nights.ics", params={"token": secret})
    found = events(answer.content)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert ("11-20 00:00", "11-20 08:00", "Ada on call: nights") in found
    assert ("11-24 00:00", "11-24 08:00", "Bob on call: nights") in found
    assert secret not in answer.text
    with desk.open_reads() as uow:
        (audited,) = [one.event for one in uow.audit.list(AuditFilter(object_kind="feed"), limit=9)]
    assert (
        audited.actor,
        audited.action,
        audited.object_kind,
    ) == ("technician.doe", "added", "feed")


def test_feed_of_a_technician_has_their_shifts_and_no_one_elses(client: TestClient) -> None:
    made = client.post(FEEDS, json=OWN).json()
    client.headers.pop("authorization")

    found = events(client.get(made["path"]).content)

    assert ("11-20 09:00", "11-20 17:00", "Shift") in found
    assert {"Shift"} == {title for _, _, title in found}
    other = client.get("/api/v1/technicians/ada.ics", params={"token": made["secret"]})
    assert other.status_code == 403


def test_events_keep_their_ids(client: TestClient) -> None:
    """So that programs change an event and add no second one."""
    made = client.post(FEEDS, json=OWN).json()

    def ids() -> list[str]:
        calendar = Calendar.from_ical(client.get(made["path"]).content)
        return [str(event["uid"]) for event in calendar.walk("VEVENT")]

    assert ids() == ids()
    assert len(set(ids())) == len(ids())


def test_revoked_feed_stops_and_api_tokens_are_no_feeds(client: TestClient, desk: Clinic) -> None:
    made = client.post(FEEDS, json=OWN).json()
    revoked = client.delete(f"{FEEDS}/{made['feed_id']}")

    assert revoked.json()["revoked_at"] == "2026-11-20T12:30:00Z"
    for token in (made["secret"], desk.tokens[Role.ADMINISTRATOR], "", "ü", "x" * 256):
        answer = client.get(f"{ROTAS}/nights.ics", params={"token": token})
        assert answer.status_code == 401, token
    again = client.delete(f"{FEEDS}/{made['feed_id']}")
    assert (again.status_code, client.delete(f"{FEEDS}/x").status_code) == (404, 404)
    assert client.get(f"{ROTAS}/nights.ics", params={"token": "x" * 257}).status_code == 422


def test_feed_secret_is_no_api_token(client: TestClient) -> None:
    secret = client.post(FEEDS, json=OWN).json()["secret"]

    answer = client.get(ROTAS, headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401


def test_only_administrators_make_feeds_for_others(client: TestClient, desk: Clinic) -> None:
    assert client.post(FEEDS, json={"login": "ada"}).status_code == 403
    client.headers.update(desk.bearer(Role.ADMINISTRATOR))
    made = client.post(FEEDS, json={"login": "ada"})
    assert made.status_code == 201
    assert client.post(FEEDS, json={"login": "nobody"}).status_code == 404
    assert len(client.get(FEEDS).json()["items"]) == 1
    client.headers.update(desk.bearer(Role.TECHNICIAN))
    assert client.get(FEEDS).json()["items"] == []
    assert client.delete(f"{FEEDS}/{made.json()['feed_id']}").status_code == 403


def test_ten_feeds_are_enough(client: TestClient) -> None:
    made = [client.post(FEEDS, json=OWN).status_code for _ in range(11)]

    assert made == [201] * 10 + [409]


def test_gap_says_what_would_close_it(client: TestClient) -> None:
    query = {"from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    (gap,) = client.get("/api/v1/coverage", params=query).json()["gaps"]

    assert gap["closing"] == {
        "people": ["ada", "bob", "technician.doe"],
        "whole": True,
        "rota": "nights",
        "words": "let Ada stand in on rota nights",
    }


def test_who_is_there_of_each_tier(client: TestClient) -> None:
    now = client.get("/api/v1/coverage/now").json()
    night = client.get("/api/v1/coverage/now", params={"at": "2026-11-20T03:00:00Z"}).json()

    assert [one["on_shift"] for one in now["items"]] == [["ada", "technician.doe"], [], []]
    assert [one["login"] for one in night["items"][0]["on_call"]] == ["ada"]
    assert client.get("/api/v1/coverage/now", params={"at": "2199-01-01T00:00Z"}).status_code == 422
