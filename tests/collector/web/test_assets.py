from typing import Any

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic

DEVICES = "/api/v1/devices"
ASSET = f"{DEVICES}/ws-sick/asset"
ANY = {"If-Match": "*"}
ANN = {"name": "Ann", "email": "ann@example.com"}


def patch(client: TestClient, **body: object) -> dict[str, Any]:
    answer = client.patch(ASSET, json=body, headers=ANY)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_record_begins_with_what_the_device_says(reader: TestClient) -> None:
    answer = reader.get(ASSET)
    fields = answer.json()["fields"]

    assert answer.headers["etag"] == '"0"'
    assert {one["source"] for one in fields.values()} == {"discovered"}
    assert "model" in fields


def test_fields_are_set_by_hand_and_withdrawn(technician: TestClient) -> None:
    found = technician.get(ASSET).json()["fields"]["model"]["value"]
    set_ = patch(technician, fields={"model": "X1", "cost": "12,5 eur"})
    back = patch(technician, withdraw=["model"])

    assert set_["fields"]["model"]["value"] == "X1"
    assert set_["fields"]["model"]["by"] == "technician.doe"
    assert [one["value"] for one in set_["fields"]["model"]["conflicts"]] == [found]
    assert set_["fields"]["cost"]["value"] == "12.50 EUR"
    assert back["fields"]["model"]["value"] == found
    assert back["version"] == 2


def test_owner_is_a_person_by_any_name(technician: TestClient) -> None:
    person = technician.post("/api/v1/people", json=ANN).json()
    found = patch(technician, fields={"owner": "ann@example.com", "site": "berlin"})
    owned = technician.get("/api/v1/people/ann/devices").json()["items"]

    assert found["owner"]["person_id"] == person["person_id"]
    assert found["fields"]["owner"]["value"] == person["person_id"]
    assert [one["hostname"] for one in owned] == ["ws-sick"]
    patch(technician, fields={"owner": ""})
    assert technician.get("/api/v1/people/ann/devices").json()["items"] == []


def test_what_it_is_for_is_the_devices_own(technician: TestClient) -> None:
    patch(technician, device_class="server", criticality="high")
    device = technician.get(f"{DEVICES}/ws-sick").json()

    assert (device["device_class"], device["criticality"]) == ("server", "high")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 428, id="no version"),
        pytest.param({"If-Match": '"7"'}, 412, id="another version"),
        pytest.param({"If-Match": '"0"'}, 200, id="the version"),
    ],
)
def test_write_needs_the_version_that_was_read(
    technician: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = technician.patch(ASSET, json={"fields": {"site": "kiel"}}, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param({"fields": {"cost": "x"}}, 422, "cost: 'x' is no amount", id="cost"),
        pytest.param({"fields": {"colour": "x"}}, 422, "body/fields", id="no such field"),
        pytest.param({"fields": {"owner": "zoe"}}, 404, "no person has", id="no such owner"),
        pytest.param({"until": "2026-11-20T12:30:00Z"}, 422, "in the past", id="past date"),
        pytest.param(
            {"fields": {"site": "x"}, "withdraw": ["site"]}, 422, "site: is both", id="both"
        ),
        pytest.param({"device_class": "car"}, 422, "device_class", id="no such class"),
    ],
)
def test_wrong_input_is_said(
    technician: TestClient, body: dict[str, object], status: int, said: str
) -> None:
    answer = technician.patch(ASSET, json=body, headers=ANY)

    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert technician.get(ASSET).json()["version"] == 0


def test_history_says_who_changed_what(technician: TestClient) -> None:
    patch(technician, fields={"site": "berlin"}, until="2027-01-01T00:00:00Z")
    patch(technician, fields={"site": "oslo"}, criticality="high")
    technician.post(f"{ASSET}/repairs", json={"text": "new fan", "cost": "9.90 EUR"})
    first = technician.get(f"{ASSET}/history", params={"limit": 2}).json()
    rest = technician.get(
        f"{ASSET}/history", params={"limit": 2, "cursor": first["next_cursor"]}
    ).json()

    items = [*first["items"], *rest["items"]]
    assert [(one["actor"], one["before"], one["after"]) for one in items] == [
        ("technician.doe", {}, {"repair of 2026-11-20": "new fan for 9.90 EUR"}),
        (
            "technician.doe",
            {"site": "berlin (manual until 2027-01-01)", "criticality": "normal"},
            {"site": "oslo (manual)", "criticality": "high"},
        ),
        ("technician.doe", {}, {"site": "berlin (manual until 2027-01-01)"}),
    ]
    assert rest["next_cursor"] is None


def test_repairs_are_kept_added_up_and_taken_off(technician: TestClient) -> None:
    work = {"text": "cleaned", "at": "2026-11-01T08:00:00Z", "supplier": "Acme"}
    part = {"kind": "part", "text": "fan", "cost": "9,90 EUR"}
    ids = [
        technician.post(f"{ASSET}/repairs", json=body).json()["repair_id"] for body in (work, part)
    ]
    found = technician.get(f"{ASSET}/repairs").json()
    gone = technician.delete(f"{ASSET}/repairs/{ids[1]}")
    again = technician.delete(f"{ASSET}/repairs/{ids[1]}")

    assert [one["text"] for one in found["items"]] == ["fan", "cleaned"]
    assert found["cents"] == {"EUR": 990}
    assert (gone.status_code, again.status_code) == (204, 404)
    assert len(technician.get(f"{ASSET}/repairs").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"text": " "}, "text: is empty", id="no text"),
        pytest.param({"text": "x" * 4001}, "the limit is 4000", id="too long a text"),
        pytest.param({"text": "x", "cost": "1"}, "cost: '1' is no amount", id="cost"),
        pytest.param({"text": "x", "supplier": "s" * 201}, "supplier: 201", id="supplier"),
        pytest.param({"text": "x", "at": "2026-11-21T00:00:00Z"}, "in the future", id="future"),
    ],
)
def test_wrong_repair_is_refused(technician: TestClient, body: dict[str, str], said: str) -> None:
    answer = technician.post(f"{ASSET}/repairs", json=body)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["asset", "asset/history", "asset/repairs"])
def test_unknown_device_has_none(reader: TestClient, path: str) -> None:
    assert reader.get(f"{DEVICES}/nobody/{path}").status_code == 404


def test_readers_do_not_write(clinic: Clinic, anonymous: TestClient) -> None:
    headers = {**clinic.bearer(Role.READER), **ANY}

    assert anonymous.patch(ASSET, json={}, headers=headers).status_code == 403
    assert anonymous.post(f"{ASSET}/repairs", json={}, headers=headers).status_code == 403
    assert anonymous.delete(f"{ASSET}/repairs/x", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("owner=ann@example.com", ["ws-sick"], id="owner"),
        pytest.param("site=berlin", ["ws-sick"], id="site"),
        pytest.param("department=Sales&owner=ann", ["ws-sick"], id="department and owner"),
        pytest.param("site=oslo", [], id="another site"),
    ],
)
def test_devices_are_listed_by_owner_and_place(
    technician: TestClient, query: str, names: list[str]
) -> None:
    technician.post("/api/v1/people", json=ANN)
    patch(technician, fields={"owner": "ann", "site": "berlin", "department": "Sales"})
    items = technician.get(f"{DEVICES}?{query}").json()["items"]

    assert [one["hostname"] for one in items] == names
    assert technician.get(f"{DEVICES}?owner=nobody").status_code == 404


def test_device_says_whose_it_is_and_where(technician: TestClient) -> None:
    technician.post("/api/v1/people", json=ANN)
    before = technician.get(f"{DEVICES}/ws-sick").json()
    patch(technician, fields={"owner": "ann", "site": "berlin", "location": "Room 1"})
    found = technician.get(f"{DEVICES}/ws-sick").json()

    assert (before["owner"], before["site"]) == (None, "")
    assert (found["owner"]["name"], found["site"], found["location"]) == (
        "Ann",
        "berlin",
        "Room 1",
    )


def test_repair_that_is_sent_again_is_written_once(technician: TestClient) -> None:
    body, key = {"kind": "part", "text": "new fan"}, {"Idempotency-Key": "k1"}
    first = technician.post(f"{ASSET}/repairs", json=body, headers=key)
    again = technician.post(f"{ASSET}/repairs", json=body, headers=key)
    other = technician.post(f"{ASSET}/repairs", json={**body, "text": "a disk"}, headers=key)
    elsewhere = technician.post(f"{DEVICES}/ws-new/asset/repairs", json=body, headers=key)

    assert (first.status_code, again.status_code, elsewhere.status_code) == (201, 200, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert other.status_code == 422
    assert "was used for another request" in other.json()["detail"]
    assert len(technician.get(f"{ASSET}/repairs").json()["items"]) == 1


def test_repair_that_was_taken_off_does_not_come_back(technician: TestClient) -> None:
    body, key = {"kind": "part", "text": "new fan"}, {"Idempotency-Key": "k1"}
    repair = technician.post(f"{ASSET}/repairs", json=body, headers=key).json()["repair_id"]
    technician.delete(f"{ASSET}/repairs/{repair}")

    again = technician.post(f"{ASSET}/repairs", json=body, headers=key)

    assert again.status_code == 409
    assert technician.get(f"{ASSET}/repairs").json()["items"] == []


@pytest.mark.parametrize(("key", "status"), [("k" * 128, 201), ("k" * 129, 422)])
def test_key_of_a_repair_has_a_limit(technician: TestClient, key: str, status: int) -> None:
    body = {"kind": "part", "text": "new fan"}
    answer = technician.post(f"{ASSET}/repairs", json=body, headers={"Idempotency-Key": key})

    assert answer.status_code == status


def test_site_that_there_is_none_of_is_refused(technician: TestClient) -> None:
    answer = technician.patch(ASSET, json={"fields": {"site": "bern"}}, headers=ANY)

    assert answer.status_code == 422
    assert answer.json()["detail"] == "site 'bern' is unknown; there are berlin, kiel, oslo"
