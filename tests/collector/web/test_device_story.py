import pytest
from starlette.testclient import TestClient

from tests.collector.clinic import SICK

PATH = f"/api/v1/devices/{SICK}"


def test_what_happened_is_marked(reader: TestClient) -> None:
    items = reader.get(f"{PATH}/marks").json()["items"]

    assert {one["kind"] for one in items} == {"alert", "ticket", "change"}
    assert items == sorted(items, key=lambda one: one["at"], reverse=True)
    assert [one["ticket"] for one in items if one["kind"] == "ticket"] == [1]


def test_any_two_moments_are_compared(reader: TestClient) -> None:
    changes = reader.get(f"{PATH}/changes").json()["items"]
    at = changes[0]["at"]
    query = {"since": "2026-11-01T00:00:00Z", "until": at}
    found = reader.get(f"{PATH}/difference", params=query)

    assert found.status_code == 200, found.text
    answer = found.json()
    assert answer["count"] == len(answer["changes"])
    same = reader.get(f"{PATH}/difference", params={"since": at}).json()
    assert (same["changes"], same["count"]) == ([], 0)


def test_software_says_since_when(reader: TestClient) -> None:
    items = reader.get(f"{PATH}/software").json()["items"]
    named = {one["name"]: one for one in items}

    assert named["bash"]["version"] == "5.3"
    assert not named["htop"]["is_from_start"]
    assert [one["name"] for one in reader.get(f"{PATH}/software?text=HTO").json()["items"]] == [
        "htop"
    ]


def test_a_device_is_shut_out(technician: TestClient) -> None:
    first, second = (
        technician.post(f"{PATH}/revoke", json={"reason": "Stolen."}).json() for _ in range(2)
    )

    assert (first["revoke_reason"], first["was_revoked"]) == ("Stolen.", False)
    assert second["was_revoked"]


@pytest.mark.parametrize(
    "path",
    [
        "difference?since=2026-11-19T00:00:00Z&until=2026-11-19T00:00:00Z",
        "marks?since=moon",
        "software?text=%00",
    ],
)
def test_what_cannot_be_asked_is_refused(reader: TestClient, path: str) -> None:
    assert reader.get(f"{PATH}/{path}").status_code == 422
