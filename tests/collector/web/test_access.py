"""`/api/v1/accounts`, tokens and devices that are shut out: what the console does, by token."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.services.sign_in import Visitor
from tests.collector.clinic import SICK, WELL, Clinic, make_pending
from tests.collector.served import api_on

BEN = {"login": "ben", "name": "Ben", "role": "technician", "password": "a long one it is"}


@pytest.fixture
def api(clinic: Clinic) -> Iterator[TestClient]:
    """The API asked by an administrator."""
    with TestClient(api_on(clinic.context())) as client:
        client.headers.update(clinic.bearer(Role.ADMINISTRATOR))
        yield client


def test_an_account_from_its_making_to_its_end(api: TestClient) -> None:
    made = api.post("/api/v1/accounts", json=BEN)
    role = api.post("/api/v1/accounts/ben/role", json={"role": "analyst", "tags": ["lab"]})
    off = api.post("/api/v1/accounts/ben/disable").json()
    on = api.post("/api/v1/accounts/ben/enable").json()
    new = api.post("/api/v1/accounts/ben/password", json={"password": "another long one"})
    listed = api.get("/api/v1/accounts").json()["items"]

    assert (made.status_code, new.status_code) == (201, 200)
    assert "password" not in made.text
    assert (role.json()["role"], role.json()["tags"]) == ("analyst", ["lab"])
    assert off["disabled_at"]
    assert on["disabled_at"] is None
    assert [(one["login"], one["role"], one["sessions"]) for one in listed] == [
        ("ben", "analyst", 0)
    ]
    assert api.get("/api/v1/accounts/ben").json() == listed[0]
    assert api.get("/api/v1/accounts/eve").status_code == 404
    assert api.post("/api/v1/accounts", json=BEN).status_code == 409


def test_a_subject_of_the_provider_is_forgotten(clinic: Clinic, api: TestClient) -> None:
    api.post("/api/v1/accounts", json=BEN)
    none = api.post("/api/v1/accounts/ben/detach")
    with clinic.open_writes() as uow:
        ben = uow.accounts.get("ben")
        assert ben is not None
        uow.accounts.put(replace(ben, subject="https://id.example.org 1"))
        uow.commit()
    before = api.get("/api/v1/accounts/ben").json()["subject"]
    done = api.post("/api/v1/accounts/ben/detach")

    assert (none.status_code, none.json()["detail"]) == (
        409,
        "the account ben is bound to nobody at a provider",
    )
    assert (before, done.json()["subject"]) == ("https://id.example.org 1", None)


def test_sessions_are_listed_and_ended(clinic: Clinic, api: TestClient) -> None:
    api.post("/api/v1/accounts", json=BEN)
    door = clinic.context().sign_in
    for _ in range(3):
        door.sign_in("ben", BEN["password"], Visitor(address="10.9.8.7", agent="B"), now=clinic.now)
    path = "/api/v1/accounts/ben/sessions"
    found = api.get(path).json()["items"]

    assert [one["address"] for one in found] == ["10.9.8.7"] * 3
    assert api.delete(f"{path}/{found[0]['session_id']}").json() == {"sessions": 1}
    assert api.delete(f"{path}/{found[0]['session_id']}").status_code == 404
    assert api.delete(path).json() == {"sessions": 2}
    assert api.get(path).json()["items"] == []


def test_tokens_are_made_listed_and_revoked(api: TestClient) -> None:
    """By somebody with an account, which a token ends with."""
    wish = {"user": "ci", "role": "reader"}
    assert api.post("/api/v1/api-tokens", json=wish).status_code == 403
    maker = {"login": "administrator.doe", "role": "administrator"}
    api.post("/api/v1/accounts", json={**BEN, **maker})
    made = api.post("/api/v1/api-tokens", json=wish).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    path = f"/api/v1/api-tokens/{made['token_id']}"
    assert api.get("/api/v1/devices", headers=bearer).status_code == 200
    assert made["secret"] not in api.get("/api/v1/api-tokens").text
    assert api.delete(path).json()["user"] == "ci"
    assert api.get("/api/v1/devices", headers=bearer).status_code == 401
    assert api.delete(path).status_code == 404


def test_enrollment_tokens_are_made_listed_and_revoked(api: TestClient) -> None:
    made = api.post("/api/v1/enrollment-tokens", json={"uses": 5, "comment": "floor"}).json()
    listed = api.get("/api/v1/enrollment-tokens").json()["items"]
    path = f"/api/v1/enrollment-tokens/{made['token_id']}"

    assert made["secret"].endswith(f".{'0f' * 32}")
    assert [(one["max_uses"], one["comment"]) for one in listed] == [(5, "floor")]
    assert api.delete(path).status_code == 200
    assert api.delete(path).status_code == 404


def test_an_enrollment_token_says_whom_it_lets_in(api: TestClient) -> None:
    path = "/api/v1/enrollment-tokens"
    wish = {"networks": ["10.1.0.0/16"], "approval": True}
    made = api.post(path, json=wish).json()
    wrong = api.post(path, json={"networks": ["10.1.2.3/16"]})

    assert {name: made[name] for name in wish} == wish
    assert (made["refusals"], made["refused_at"], made["refused_from"]) == (0, None, "")
    assert wrong.status_code == 422
    assert "is 10.1.0.0/16 meant?" in wrong.json()["detail"]


def test_a_device_that_waits_is_listed_until_somebody_decides(
    clinic: Clinic, api: TestClient
) -> None:
    path = "/api/v1/pending-devices"
    assert api.get(path).json() == {"items": []}
    make_pending(clinic, SICK, WELL)

    listed = api.get(path).json()["items"]
    assert [one["device_id"] for one in listed] == [SICK, WELL]
    assert listed[0]["hostname"] == "ws-sick"
    assert api.post(f"{path}/ws-si/approve").status_code == 409
    approved = api.post(f"{path}/ws-sick/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "active")
    assert api.post(f"{path}/ws-sick/approve").status_code == 409
    refused = api.post(f"{path}/{WELL}/refuse", json={"reason": "not ours"}).json()
    assert (refused["status"], refused["revoke_reason"]) == ("retired", "not ours")
    assert api.get(path).json() == {"items": []}


def test_a_device_is_shut_out_and_listed(api: TestClient) -> None:
    path = "/api/v1/revoked-devices"
    assert api.post(f"{path}/ws-si", json={}).status_code == 404
    done = api.post(f"{path}/ws-sick", json={"reason": "stolen"}).json()

    assert (done["device_id"], done["revoke_reason"]) == (SICK, "stolen")
    assert api.get(path).json()["items"] == [done]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("accounts", {**BEN, "login": ""}, id="no login"),
        pytest.param("accounts", {**BEN, "name": "x" * 101}, id="long name"),
        pytest.param("accounts", {**BEN, "tags": ["t"] * 101}, id="too many tags"),
        pytest.param("accounts", {**BEN, "x": 1}, id="unknown field"),
        pytest.param("api-tokens", {"user": "ci", "role": "reader", "days": 0}, id="no day"),
        pytest.param("enrollment-tokens", {"hours": 8761}, id="more than a year"),
        pytest.param("enrollment-tokens", {"uses": 100_001}, id="too many uses"),
        pytest.param("enrollment-tokens", {"comment": "x" * 201}, id="long comment"),
        pytest.param("revoked-devices/ws-sick", {"reason": "x" * 201}, id="long reason"),
    ],
)
def test_what_is_past_a_limit(api: TestClient, path: str, body: dict[str, object]) -> None:
    assert api.post(f"/api/v1/{path}", json=body).status_code == 422
