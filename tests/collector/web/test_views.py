import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.saved_view import NAME_LIMIT, QUERY_LIMIT, VIEWS_EACH
from tests.collector.clinic import Clinic

PATH = "/api/v1/views"


def test_a_view_is_kept_changed_and_taken_away(technician: TestClient) -> None:
    body = {"name": " Lost ", "query": "?presence=lost&cursor=x&order=seen&column=id"}
    first = technician.post(PATH, json=body).json()
    again = technician.post(PATH, json={"name": "Lost", "query": "", "is_shared": True}).json()

    assert (first["name"], first["query"]) == ("Lost", "presence=lost&order=seen&column=id")
    assert (again["view_id"], again["query"]) == (first["view_id"], "")
    assert [one["is_shared"] for one in technician.get(PATH).json()["items"]] == [True]
    assert technician.delete(f"{PATH}/{first['view_id']}").status_code == 204
    assert technician.delete(f"{PATH}/{first['view_id']}").status_code == 404
    assert technician.get(PATH).json()["items"] == []


def test_others_see_what_is_shared_and_leave_it(clinic: Clinic, technician: TestClient) -> None:
    shared = technician.post(PATH, json={"name": "All", "is_shared": True}).json()
    technician.post(PATH, json={"name": "Mine"})
    technician.headers.update(clinic.bearer())

    assert [one["name"] for one in technician.get(PATH).json()["items"]] == ["All"]
    assert technician.delete(f"{PATH}/{shared['view_id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"name": " "}, id="no name"),
        pytest.param({"name": "x" * (NAME_LIMIT + 1)}, id="too long a name"),
        pytest.param({"name": "a\u202eb"}, id="a name that cannot be shown"),
        pytest.param({"name": "a", "query": "moon=1"}, id="no filter"),
        pytest.param({"name": "a", "query": "presence=moon"}, id="no such presence"),
        pytest.param({"name": "a", "query": "x" * (QUERY_LIMIT + 1)}, id="too long"),
    ],
)
def test_what_is_no_view_is_refused(technician: TestClient, body: dict[str, str]) -> None:
    assert technician.post(PATH, json=body).status_code == 422


def test_nobody_keeps_too_many(technician: TestClient) -> None:
    answers = [
        technician.post(PATH, json={"name": f"v{place}"}).status_code
        for place in range(VIEWS_EACH + 1)
    ]

    assert answers == [*[200] * VIEWS_EACH, 422]
