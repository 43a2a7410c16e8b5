"""Why a ticket is where it is, and handing it on, over the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.routed import a_book
from tests.collector.served import api_on

TICKETS = "/api/v1/tickets"
NO_DATABASE = {"missing": "skill", "reason": "nobody here knows Oracle"}


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with technicians."""
    book = a_book(tmp_path)
    with open_clinic(template, tmp_path, book=lambda: book) as opened:
        yield opened


@pytest.fixture
def client(clinic: Clinic) -> Iterator[TestClient]:
    """Open a client with a technician's token."""
    with TestClient(api_on(clinic.context()), headers=clinic.bearer(Role.TECHNICIAN)) as client:
        yield client


def _open(client: TestClient, title: str, category: str = "software") -> str:
    """Open a ticket by telephone; return its path."""
    body = {"source": "phone", "title": title, "category": category}
    answer = client.post(TICKETS, json=body)

    assert answer.status_code == 201, answer.text
    return f"{TICKETS}/{answer.json()['number']}"


def test_a_database_error_goes_past_the_general_queue_and_says_why(client: TestClient) -> None:
    path = _open(client, "Oracle database: ORA-00060 deadlock")
    ticket, routing = client.get(path).json(), client.get(f"{path}/routing").json()
    (ranking,) = routing["rankings"]
    (best,) = ranking["candidates"]

    assert (ticket["tier"], ticket["queue"], ticket["assignee"]) == ("L2", "databases", "dora")
    assert (routing["tier"], routing["assignee"], routing["next_tier"]) == ("L2", "dora", "L3")
    assert routing["required_skills"] == ["database"]
    assert ranking["rule"] == "database error to who knows databases"
    assert ranking["refusals"] == [
        {"login": "cleo", "missing": "skill", "text": "lacks database 2 (has 1)"}
    ]
    assert best["score"] == pytest.approx(sum(one["points"] for one in best["factors"]))
    assert len(best["factors"]) == 8
    assert all(one["text"] for one in best["factors"])


def test_a_ticket_from_before_has_no_rankings(client: TestClient) -> None:
    routing = client.get(f"{TICKETS}/1/routing").json()

    assert (routing["tier"], routing["rankings"]) == ("L1", [])
    assert routing["reason"] == "rule disk.full.crit"


def test_escalating(client: TestClient) -> None:
    path = _open(client, "The warehouse program stops")
    etag = client.get(path).headers["etag"]
    answer = client.post(f"{path}/escalate", json=NO_DATABASE, headers={"If-Match": etag})
    entries = {one["event"]: one["text"] for one in answer.json()["worklog"]}
    routing = client.get(f"{path}/routing").json()

    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] != etag
    assert (routing["tier"], routing["tier_raises"]) == ("L2", 1)
    assert [one["cause"] for one in routing["rankings"]] == ["opened", "escalated"]
    assert "Missing: skill. nobody here knows Oracle." in entries["escalated"]


def test_rerouting(client: TestClient) -> None:
    path = _open(client, "It does not work", "other")
    etag = client.get(path).headers["etag"]
    answer = client.post(
        f"{path}/reroute", json={"reason": "ann is ill"}, headers={"If-Match": etag}
    )

    assert answer.status_code == 200, answer.text
    assert client.get(f"{path}/routing").json()["rankings"][-1]["cause"] == "rerouted"


@pytest.mark.parametrize(
    ("path", "body", "etag", "status"),
    [
        pytest.param("/1/escalate", NO_DATABASE, None, 428, id="no-etag"),
        pytest.param("/1/escalate", NO_DATABASE, '"77"', 412, id="another-version"),
        pytest.param("/77/escalate", NO_DATABASE, "*", 404, id="unknown"),
        pytest.param(
            "/1/escalate", {**NO_DATABASE, "missing": "money"}, "*", 422, id="missing-what"
        ),
        pytest.param("/1/escalate", {**NO_DATABASE, "reason": ""}, "*", 422, id="no-reason"),
        pytest.param(
            "/1/escalate", {**NO_DATABASE, "reason": "x" * 4001}, "*", 422, id="long-reason"
        ),
        pytest.param(
            "/1/escalate", {**NO_DATABASE, "reason": "x" * 4000}, "*", 200, id="longest-reason"
        ),
        pytest.param("/1/reroute", {}, "*", 422, id="reroute-without-reason"),
    ],
)
def test_what_is_refused(
    client: TestClient, path: str, body: dict[str, str], etag: str | None, status: int
) -> None:
    headers = {"If-Match": etag} if etag else {}

    assert status == client.post(f"{TICKETS}{path}", json=body, headers=headers).status_code


def test_the_last_tier_refuses(client: TestClient) -> None:
    for expected in (200, 200, 409):
        answer = client.post(f"{TICKETS}/1/escalate", json=NO_DATABASE, headers={"If-Match": "*"})

        assert answer.status_code == expected

    assert "tier L3 has no next one" in answer.text


def test_a_reader_may_look_but_not_hand_on(clinic: Clinic, client: TestClient) -> None:
    client.headers.update(clinic.bearer(Role.READER))

    assert client.get(f"{TICKETS}/1/routing").status_code == 200
    assert client.post(f"{TICKETS}/1/escalate", json=NO_DATABASE).status_code == 403
