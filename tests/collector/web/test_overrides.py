"""Somebody stands in: over HTTP, in force at once, and audited."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.services.access import Role
from sickbay_collector.services.audit_ports import AuditFilter
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.served import api_on

PATH = "/api/v1/rotas/nights/overrides"
DESK = """
technicians: [{login: ada, tiers: [L1]}, {login: bob, tiers: [L1]}]
rotas: [{id: nights, tier: L1, layers: [{participants: [ada], zone: UTC}]}]
overrides:
- {id: kept, rota: nights, login: bob, instead_of: ada, from: 2027-01-01, until: 2027-01-02}
"""
NIGHT = {"login": "bob", "from": "2026-11-21T20:00:00Z", "until": "2026-11-22T08:00:00Z"}


@pytest.fixture
def desk(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk whose configuration can be applied to."""
    opened: list[Clinic] = []

    def book() -> DeskBook:
        return opened[0].shelf.now.configuration.book

    with open_clinic(template, tmp_path, book=book) as clinic:
        opened.append(clinic)
        clinic.shelf.start()
        yield clinic


@pytest.fixture
def client(desk: Clinic) -> Iterator[TestClient]:
    """Open a client with a technician's token, at a desk with one rota."""
    with TestClient(api_on(desk.context()), raise_server_exceptions=False) as client:
        client.headers.update(desk.bearer(Role.ADMINISTRATOR))
        body = {"documents": [{"name": "desk.yaml", "text": DESK}]}
        applied = client.post("/api/v1/config", json=body, headers={"If-Match": "*"})
        assert applied.status_code == 200, applied.text
        client.headers.update(desk.bearer(Role.TECHNICIAN))
        yield client


def told(client: TestClient, at: str) -> list[str]:
    answer = client.get("/api/v1/rotas/nights/on-call", params={"at": at})
    return [one["login"] for one in answer.json()["calls"] if one["stage"] == "now"]


def test_override_is_in_force_at_once_and_audited(client: TestClient, desk: Clinic) -> None:
    answer = client.post(PATH, json={**NIGHT, "reason": "swap"})
    made = answer.json()

    assert answer.status_code == 201, answer.text
    assert (made["instead_of"], made["reason"]) == ("everybody", "swap")
    assert [told(client, at) for at in ("2026-11-21T19:59:00Z", "2026-11-21T20:00:00Z")] == [
        ["ada"],
        ["bob"],
    ]
    with desk.open_reads() as uow:
        event = uow.audit.list(AuditFilter(object_kind="config/overrides"), limit=1)[0].event
    assert (event.actor, event.action, event.object_id) == ("technician.doe", "added", made["id"])


def test_override_is_taken_away(client: TestClient) -> None:
    made = client.post(PATH, json={**NIGHT, "instead_of": "ada"}).json()
    listed = client.get("/api/v1/rotas/nights").json()["overrides"]
    gone = client.delete(f"{PATH}/{made['id']}")

    assert {"kept", made["id"]} == {one["id"] for one in listed}
    assert gone.json() == made
    assert told(client, "2026-11-21T21:00:00Z") == ["ada"]
    assert client.delete(f"{PATH}/{made['id']}").status_code == 404


def test_override_without_a_begin_begins_now(client: TestClient) -> None:
    made = client.post(PATH, json={"login": "bob", "until": NIGHT["until"]}).json()

    assert made["since"] == "2026-11-20T12:30:00Z"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        pytest.param({"until": NIGHT["from"]}, 422, "is not after from", id="no length"),
        pytest.param(
            {"from": "2026-11-19T00:00:00Z", "until": "2026-11-20T12:30:00Z"},
            422,
            "is over already",
            id="over",
        ),
        pytest.param({"until": "2027-11-23T00:00:00Z"}, 422, "366 days", id="too long"),
        pytest.param({"login": "eve"}, 422, "technicians has no 'eve'", id="unknown login"),
        pytest.param({"instead_of": "eve"}, 422, "has no 'eve'", id="instead of nobody known"),
        pytest.param({"instead_of": "bob"}, 422, "for themselves", id="for themselves"),
        pytest.param({"reason": "x" * 161}, 422, "reason", id="long reason"),
        pytest.param({"reason": "a\nb"}, 422, "reason", id="two lines"),
    ],
)
def test_what_is_refused(
    client: TestClient, changed: dict[str, str], status: int, said: str
) -> None:
    answer = client.post(PATH, json=NIGHT | changed)

    assert status == answer.status_code
    assert said in answer.json()["detail"]
    assert len(client.get("/api/v1/rotas/nights").json()["overrides"]) == 1


def test_unknown_rota_and_override_are_not_found(client: TestClient) -> None:
    assert client.post("/api/v1/rotas/x/overrides", json=NIGHT).status_code == 404
    assert client.delete("/api/v1/rotas/x/overrides/kept").status_code == 404


def test_readers_change_nothing(client: TestClient, desk: Clinic) -> None:
    client.headers.update(desk.bearer(Role.READER))

    assert client.post(PATH, json=NIGHT).status_code == 403
    assert client.delete(f"{PATH}/kept").status_code == 403
