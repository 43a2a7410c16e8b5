"""`/api/v1/audit`: the chain is reckoned anew, and the whole of it leaves as a file."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.audit_chain import START, chained
from sickbay_collector.db.config_tables import audit_event
from sickbay_collector.services.access import Role
from sickbay_collector.services.audit_check import STEP
from sickbay_collector.web.api.base import encode_cursor
from tests.collector.clinic import NOW, Clinic
from tests.collector.served import api_on

PATH = "/api/v1/audit"
EVENT = AuditEvent(
    at=NOW,
    actor="ann",
    action="changed",
    object_kind="person",
    object_id="p-1",
    before={"name": "=cmd|' /C calc'!A0"},
    after={"name": 'Änne, "the" 1st\nline'},
)


@pytest.fixture
def api(clinic: Clinic) -> Iterator[TestClient]:
    """The API asked by an administrator, with one event of each of three people."""
    with clinic.open_writes() as uow:
        uow.audit.add_all([replace(EVENT, actor=one) for one in ("ann", "bob", "@cem")])
        uow.commit()
    with TestClient(api_on(clinic.context())) as client:
        client.headers.update(clinic.bearer(Role.ADMINISTRATOR))
        yield client


def test_a_whole_chain_and_what_was_noted_of_it(api: TestClient) -> None:
    answer = api.get(f"{PATH}/verify").json()
    noted = {"entry": answer["last_entry"], "hash": answer["last_hash"]}
    still = api.get(f"{PATH}/verify", params=noted).json()
    other = api.get(f"{PATH}/verify", params={**noted, "hash": "0" * 64}).json()

    assert (answer["ok"], answer["broken"]) == (True, None)
    assert answer["events"] == answer["last_entry"] >= 3
    assert still["ok"]
    assert other["broken"] == {"entry": noted["entry"], "why": "replaced"}


def test_the_chain_is_reckoned_in_parts(api: TestClient) -> None:
    first = api.get(f"{PATH}/verify", params={"limit": 2}).json()
    last = first
    while last["next_cursor"]:
        query = {"limit": 2, "cursor": last["next_cursor"]}
        last = api.get(f"{PATH}/verify", params=query).json()

    assert (first["ok"], first["done"], first["events"]) == (True, False, 2)
    assert (last["ok"], last["done"]) == (True, True)
    assert last["events"] == last["written_entry"] == last["last_entry"] > 2


@pytest.mark.parametrize(
    "position",
    [
        pytest.param([1], id="another list"),
        pytest.param([0, "a", 0], id="no event"),
        pytest.param([2, "a", 3], id="more than there are"),
        pytest.param([2**63, "a", 1], id="too far"),
    ],
)
def test_a_place_to_go_on_that_is_none(api: TestClient, position: list[str | float]) -> None:
    query = {"cursor": encode_cursor(position)}

    assert api.get(f"{PATH}/verify", params=query).status_code == 422


def test_going_on_behind_an_event_that_was_changed_since(api: TestClient) -> None:
    query = {"cursor": encode_cursor([2, "0" * 64, 2])}

    assert api.get(f"{PATH}/verify", params=query).json()["broken"] == {
        "entry": 2,
        "why": "replaced",
    }


def test_how_far_somebody_looked_is_kept(clinic: Clinic, api: TestClient) -> None:
    path = f"{PATH}/checkpoint"
    before = api.get(path).json()
    done = api.post(path, json={}).json()
    again = api.post(path, json={"anew": True}).json()

    assert (before["events"], before["checked_at"], before["broken"]) == (0, None, None)
    assert done == api.get(path).json() == again
    assert done["events"] == done["written_entry"] == before["written_entry"]
    assert (done["checked_by"], done["broken"]) == ("administrator.doe", None)
    assert api.post(path, json={"anew": "perhaps"}).status_code == 422
    assert api.post(path, json={}, headers=clinic.bearer(Role.TECHNICIAN)).status_code == 403


def test_an_event_that_does_not_fit_is_named(clinic: Clinic, api: TestClient) -> None:
    """Whoever can write to the database can put one in, but not link it."""
    with clinic.open_reads() as uow:
        head = uow.audit.head()
    forged = chained(EVENT, replace(START, entry=head.entry))
    with clinic.engine.begin() as connection:
        connection.execute(
            audit_event.insert().values(
                entry=forged.entry,
                hash=forged.hash,
                previous="",
                **{name: getattr(EVENT, name) for name in AuditEvent.__dataclass_fields__},
            )
        )
    answer = api.get(f"{PATH}/verify").json()

    assert not answer["ok"]
    assert answer["events"] == head.entry
    assert answer["broken"] == {"entry": forged.entry, "why": "added"}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"limit": 0}, id="nothing"),
        pytest.param({"limit": STEP + 1}, id="too-much"),
        pytest.param({"entry": 1}, id="no-hash"),
        pytest.param({"hash": "0" * 64}, id="no-entry"),
        pytest.param({"entry": 0, "hash": "0" * 64}, id="below-the-first"),
        pytest.param({"entry": 2**63, "hash": "0" * 64}, id="above-the-last"),
        pytest.param({"entry": 1, "hash": "0" * 63}, id="too-short"),
    ],
)
def test_what_cannot_have_been_noted(api: TestClient, query: dict[str, str]) -> None:
    assert api.get(f"{PATH}/verify", params=query).status_code == 422


def test_anybody_can_reckon_the_chain_from_the_json_lines(api: TestClient) -> None:
    """Each line without its hash, in canonical JSON, is what the hash is over."""
    answer = api.get(f"{PATH}/export")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    previous = ""
    for line in lines:
        found = line.pop("hash")
        plain = json.dumps(line, sort_keys=True, separators=(",", ":"))
        assert line["previous"] == previous
        assert hashlib.sha256(plain.encode()).hexdigest() == found
        previous = found

    assert [line["actor"] for line in lines[-3:]] == ["ann", "bob", "@cem"]
    assert lines[-1]["after"] == EVENT.after
    assert answer.headers["content-type"] == "application/jsonl"
    assert 'filename="sickbay-audit-20261120.jsonl"' in answer.headers["content-disposition"]


def test_no_cell_of_the_csv_begins_a_formula(api: TestClient) -> None:
    answer = api.get(f"{PATH}/export", params={"format": "csv", "object_kind": "person"})
    header, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines(keepends=True))
    found = [dict(zip(header, row, strict=True)) for row in rows]

    assert [one["actor"] for one in found] == ["ann", "bob", "'@cem"]
    assert json.loads(found[0]["before"]) == EVENT.before
    assert all(cell[:1] not in "=+-@" for row in rows for cell in row if cell)
    assert "charset=utf-8" in answer.headers["content-type"]


def test_a_filter_that_nothing_passes(api: TestClient) -> None:
    nothing = {"actor": "nobody"}

    assert api.get(f"{PATH}/export", params=nothing).text == ""
    assert api.get(f"{PATH}/export", params={**nothing, "format": "csv"}).text.count("\n") == 1
    assert api.get(f"{PATH}/export", params={"format": "xlsx"}).status_code == 422


@pytest.mark.parametrize("path", [PATH, f"{PATH}/verify", f"{PATH}/export"])
def test_only_administrators_read_it(clinic: Clinic, api: TestClient, path: str) -> None:
    assert api.get(path, headers=clinic.bearer(Role.TECHNICIAN)).status_code == 403
