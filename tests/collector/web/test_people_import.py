import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.sheet import MAX_SHEET_BYTES
from sickbay_collector.services.access import Role
from sickbay_collector.web.app import MAX_BODY_BYTES
from tests.collector.clinic import Clinic

PEOPLE = "/api/v1/people"
IMPORT = f"{PEOPLE}/import"
GOOD = "name,email\nAnn,ann@example.com\n"
MIXED = "name,email\nAnn,ann@example.com\nBob,x\n"


def names(client: TestClient) -> list[str]:
    return [item["name"] for item in client.get(PEOPLE).json()["items"]]


@pytest.mark.parametrize(
    ("query", "content", "outcome", "left"),
    [
        pytest.param("", GOOD, "applied", ["Ann"], id="good"),
        pytest.param("?dry_run=true", GOOD, "dry_run", [], id="dry run"),
        pytest.param("", MIXED, "refused", [], id="all or nothing"),
        pytest.param("?partial=true", MIXED, "partial", ["Ann"], id="partial"),
        pytest.param("?partial=true", GOOD, "applied", ["Ann"], id="partial without need"),
        pytest.param("?partial=true&dry_run=true", MIXED, "dry_run", [], id="both"),
    ],
)
def test_file_is_taken_over(
    technician: TestClient, query: str, content: str, outcome: str, left: list[str]
) -> None:
    answer = technician.post(f"{IMPORT}{query}", content=content)

    assert answer.json()["outcome"] == outcome
    assert answer.json()["added"] == 1
    assert names(technician) == left


def test_report_says_what_changes_and_what_is_wrong(technician: TestClient) -> None:
    technician.post(IMPORT, content=GOOD)
    report = technician.post(
        f"{IMPORT}?dry_run=true&map=Wer=name",
        content="Wer;E-Mail;Extra\nAnna;ann@example.com;1\n;b@example.com;2\n",
    ).json()

    assert report["changes"] == [
        {"line": 2, "name": "Anna", "field": "name", "before": "Ann", "after": "Anna"}
    ]
    assert report["errors"] == [
        {"line": 3, "column": "Wer", "detail": "is empty; write what the person is called"}
    ]
    assert (report["changed"], report["ignored_columns"]) == (1, ["Extra"])


def test_export_changes_nothing_when_it_comes_back(technician: TestClient) -> None:
    technician.post(
        IMPORT,
        content="name,email,phone,vip\n=cmd(),a@example.com,+49 301,yes\nBob,b@example.com,,\n",
    )
    export = technician.get(f"{PEOPLE}/export")
    report = technician.post(IMPORT, content=export.content).json()

    assert '"\'=cmd()"' in export.text
    assert export.headers["content-type"] == "text/csv; charset=utf-8"
    assert export.headers["content-disposition"] == "attachment"
    assert (report["outcome"], report["unchanged"], report["change_count"]) == ("applied", 2, 0)


@pytest.mark.parametrize(
    ("query", "content", "said"),
    [
        pytest.param("", b"\xff\xfe", "UTF-16", id="not text"),
        pytest.param("?map=x", b"name\n", "write it as Title=field", id="no pair"),
        pytest.param("?map=%3Dname", b"name\n", "write it as Title=field", id="no title"),
        pytest.param("?map=a=b", b"name\n", "b is none of", id="no field"),
        pytest.param("?map=" + "x" * 301, b"name\n", "query/map", id="too long a title"),
        pytest.param("?sure=yes", b"name\n", "query/sure", id="unknown option"),
    ],
)
def test_what_cannot_be_read_is_refused(
    technician: TestClient, query: str, content: bytes, said: str
) -> None:
    answer = technician.post(f"{IMPORT}{query}", content=content)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("size", "status"),
    [
        pytest.param(MAX_SHEET_BYTES, 200, id="at the limit"),
        pytest.param(MAX_SHEET_BYTES + 1, 413, id="past it"),
    ],
)
def test_file_has_a_limit(technician: TestClient, size: int, status: int) -> None:
    content = GOOD.encode() + b"\n" * (size - len(GOOD))

    assert technician.post(IMPORT, content=content).status_code == status


def test_other_bodies_keep_theirs(technician: TestClient) -> None:
    assert technician.post(PEOPLE, content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(("role", "status"), [(Role.READER, 403), (Role.TECHNICIAN, 200)])
def test_only_technicians_import(
    clinic: Clinic, anonymous: TestClient, role: Role, status: int
) -> None:
    answer = anonymous.post(IMPORT, content=GOOD, headers=clinic.bearer(role))

    assert answer.status_code == status
    assert anonymous.get(f"{PEOPLE}/export", headers=clinic.bearer(role)).status_code == 200
