import pytest
from starlette.testclient import TestClient

TICKETS = "/api/v1/tickets"


def test_each_of_several_has_its_own_result(technician: TestClient) -> None:
    body = {
        "act": "assign",
        "assignee": "ben",
        "tickets": [{"ticket": "1", "version": 1}, {"ticket": "77", "version": 1}],
    }

    items = technician.post(f"{TICKETS}/bulk", json=body).json()["items"]

    assert items[0] == {
        "ticket": "1",
        "number": 1,
        "is_done": True,
        "problem": "",
        "version": 2,
        "status": "assigned",
        "assignee": "ben",
    }
    assert (items[1]["is_done"], items[1]["number"]) == (False, None)
    assert "77" in items[1]["problem"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"act": "take", "tickets": []}, id="none"),
        pytest.param(
            {"act": "take", "tickets": [{"ticket": str(n), "version": 1} for n in range(101)]},
            id="too many",
        ),
        pytest.param({"act": "burn", "tickets": [{"ticket": "1", "version": 1}]}, id="no act"),
        pytest.param({"act": "take", "tickets": [{"ticket": "1", "version": 0}]}, id="version"),
        pytest.param({"act": "take", "tickets": [{"ticket": "1", "version": 1}] * 2}, id="twice"),
    ],
)
def test_what_cannot_be_is_refused(technician: TestClient, body: dict[str, object]) -> None:
    assert technician.post(f"{TICKETS}/bulk", json=body).status_code == 422


def test_readers_do_nothing_to_several(reader: TestClient) -> None:
    body = {"act": "take", "tickets": [{"ticket": "1", "version": 1}]}

    assert reader.post(f"{TICKETS}/bulk", json=body).status_code == 403


def test_a_category_is_suggested(reader: TestClient) -> None:
    def asked(text: str) -> object:
        return reader.get(f"{TICKETS}/suggest", params={"text": text}).json()["items"]

    assert asked("Forgot the password") == [
        {"category": "access", "subcategory": "password", "because": "password", "weight": 2.0}
    ]
    assert asked("Something is odd") == []
    assert reader.get(f"{TICKETS}/suggest", params={"text": "x" * 201}).status_code == 422
    assert reader.get(f"{TICKETS}/suggest").status_code == 422
