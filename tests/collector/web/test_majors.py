"""Major incidents over the API: declared, updated, subscribed to."""

import pytest
from starlette.testclient import TestClient

PATH = "/api/v1/tickets/1"


def declare(technician: TestClient, **said: object) -> int:
    body = {"major": True, "reason": "All are down.", **said}
    return technician.post(f"{PATH}/major", json=body, headers={"If-Match": "*"}).status_code


def test_ticket_that_is_none_says_so(reader: TestClient) -> None:
    answer = reader.get(f"{PATH}/major")

    assert (answer.status_code, answer.json()["detail"]) == (404, "ticket 1 is no major incident")


def test_declared_it_has_an_owner_and_a_time_for_its_update(technician: TestClient) -> None:
    assert declare(technician, update_every_s=600) == 200
    shown = technician.get(f"{PATH}/major").json()

    assert (shown["owner"], shown["update_every_s"]) == ("technician.doe", 600.0)
    assert (shown["due_at"], shown["ended_at"]) == ("2026-11-20T12:40:00Z", None)
    assert declare(technician, owner="ann") == 200
    assert technician.get(f"{PATH}/major").json()["owner"] == "ann"


def test_update_is_public_and_sets_the_clock_back(technician: TestClient) -> None:
    declare(technician)
    shown = technician.post(f"{PATH}/updates", json={"text": "Half of it works."}).json()

    assert (shown["updates"], shown["missed"]) == (1, 0)
    worklog = technician.get(PATH).json()["worklog"]
    assert [one["text"] for one in worklog if one["visibility"] == "public"] == [
        "Half of it works."
    ]


def test_persons_subscribe_by_their_address(technician: TestClient) -> None:
    declare(technician)
    ada = {"name": "Ada", "email": "ada@example.com"}
    person = technician.post("/api/v1/people", json=ada).json()
    who = {"who": "person:ada@example.com"}

    shown = technician.post(f"{PATH}/subscribers", json=who).json()
    assert shown["subscribers"] == [f"person:{person['person_id']}"]
    gone = technician.post(f"{PATH}/subscribers", json={**who, "subscribed": False}).json()
    assert gone["subscribers"] == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param({"update_every_s": 60}, 200, id="shortest interval"),
        pytest.param({"update_every_s": 59}, 422, id="too short"),
        pytest.param({"update_every_s": 604_800}, 200, id="longest interval"),
        pytest.param({"update_every_s": 604_801}, 422, id="too long"),
        pytest.param({"owner": "x" * 64}, 200, id="longest owner"),
        pytest.param({"owner": "x" * 65}, 422, id="too long an owner"),
        pytest.param({"reason": ""}, 422, id="no reason"),
    ],
)
def test_declaration_is_limited(
    technician: TestClient, said: dict[str, object], status: int
) -> None:
    assert declare(technician, **said) == status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("updates", {"text": "x" * 4000}, 200, id="longest update"),
        pytest.param("updates", {"text": "x" * 4001}, 422, id="too long an update"),
        pytest.param("updates", {"text": ""}, 422, id="no update"),
        pytest.param("subscribers", {"who": "technician:eve"}, 404, id="unknown technician"),
        pytest.param("subscribers", {"who": "person:eve"}, 404, id="unknown person"),
        pytest.param("subscribers", {"who": "eve"}, 422, id="neither"),
        pytest.param("subscribers", {"who": "person:" + "x" * 300}, 422, id="too long a name"),
    ],
)
def test_what_is_said_is_limited(
    technician: TestClient, path: str, body: dict[str, object], status: int
) -> None:
    declare(technician)

    assert technician.post(f"{PATH}/{path}", json=body).status_code == status


@pytest.mark.parametrize("path", ["updates", "subscribers"])
def test_ticket_that_is_none_takes_nothing(technician: TestClient, path: str) -> None:
    body = {"text": "x"} if path == "updates" else {"who": "technician:ann"}

    assert technician.post(f"{PATH}/{path}", json=body).status_code == 409


@pytest.mark.parametrize("path", ["updates", "subscribers"])
def test_who_may_only_read_changes_nothing(reader: TestClient, path: str) -> None:
    assert reader.post(f"{PATH}/{path}", json={}).status_code == 403
