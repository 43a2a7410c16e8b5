import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic

IMPORT = "/api/v1/assets/import"
EXPORT = "/api/v1/assets/export"
GOOD = "hostname,site,cost,owner\nws-sick,berlin,12 EUR,ann@example.com\n"
MIXED = f"{GOOD}ws-nobody,x,,\n"


@pytest.fixture
def desk(technician: TestClient) -> TestClient:
    """Let there be an owner."""
    technician.post("/api/v1/people", json={"name": "Ann", "email": "Ann@example.com"})
    return technician


def site(client: TestClient) -> object:
    fields = client.get("/api/v1/devices/ws-sick/asset").json()["fields"]
    return fields.get("site", {}).get("value")


@pytest.mark.parametrize(
    ("query", "content", "outcome", "after"),
    [
        pytest.param("", GOOD, "applied", "berlin", id="good"),
        pytest.param("?dry_run=true", GOOD, "dry_run", None, id="dry run"),
        pytest.param("", MIXED, "refused", None, id="all or nothing"),
        pytest.param("?partial=true", MIXED, "partial", "berlin", id="partial"),
    ],
)
def test_file_is_taken_over(
    desk: TestClient, query: str, content: str, outcome: str, after: str | None
) -> None:
    report = desk.post(f"{IMPORT}{query}", content=content).json()

    assert (report["outcome"], report["changed"], report["added"]) == (outcome, 1, 0)
    assert site(desk) == after


def test_export_changes_nothing_when_it_comes_back(desk: TestClient) -> None:
    desk.post(IMPORT, content=GOOD)
    desk.patch(
        "/api/v1/devices/ws-sick/asset",
        json={"fields": {"location": "=1+1", "supplier": ""}},
        headers={"If-Match": "*"},
    )
    export = desk.get(EXPORT)
    report = desk.post(IMPORT, content=export.content).json()

    assert '"\'=1+1"' in export.text
    assert '"Ann@example.com"' in export.text
    assert (report["outcome"], report["unchanged"], report["change_count"]) == ("applied", 4, 0)


def test_import_is_in_the_history(desk: TestClient) -> None:
    desk.post(IMPORT, content="hostname,site,criticality\nws-sick,berlin,high\n")
    desk.post(IMPORT, content="hostname,site\nws-sick,oslo\n")
    items = desk.get("/api/v1/devices/ws-sick/asset/history").json()["items"]

    assert [(one["actor"], one["before"], one["after"]) for one in items] == [
        (
            "technician.doe",
            {"site": "berlin (imported)", "site in the file": "berlin"},
            {"site": "oslo (imported)", "site in the file": "oslo"},
        ),
        (
            "technician.doe",
            {"criticality": "normal"},
            {"site": "berlin (imported)", "site in the file": "berlin", "criticality": "high"},
        ),
    ]


def test_device_that_is_not_known_is_not_made(desk: TestClient) -> None:
    report = desk.post(IMPORT, content="serial,site\nnone,x\n").json()

    assert report["errors"] == [
        {"line": 2, "column": "serial", "detail": "no device has the serial none"}
    ]


@pytest.mark.parametrize(("role", "status"), [(Role.READER, 403), (Role.TECHNICIAN, 200)])
def test_only_technicians_import(
    clinic: Clinic, anonymous: TestClient, role: Role, status: int
) -> None:
    headers = clinic.bearer(role)

    assert anonymous.post(IMPORT, content="hostname\n", headers=headers).status_code == status
    assert anonymous.get(EXPORT, headers=headers).status_code == 200
