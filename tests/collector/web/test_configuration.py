"""`/api/v1/config` and `/api/v1/audit`: applying over HTTP, with roles, limits and revisions."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from sickbay_collector.web.app import MAX_CONFIG_BYTES
from tests.collector.clinic import Clinic
from tests.collector.served import api_on

PATH = "/api/v1/config"
TEAM = "technicians: [{login: ann, tiers: [L2]}]\ntiers: [{id: L1, time_limit: 30m}]\n"


@pytest.fixture
def api(clinic: Clinic) -> Iterator[TestClient]:
    """The API of a collector without files, asked by its administrator."""
    clinic.shelf.start()
    with TestClient(api_on(clinic.context())) as client:
        client.headers.update(clinic.bearer(Role.ADMINISTRATOR))
        yield client


def body(text: str = TEAM, **more: object) -> dict[str, object]:
    return {"documents": [{"name": "team.yaml", "text": text}], **more}


def test_documents_are_applied_and_in_force_at_once(api: TestClient, clinic: Clinic) -> None:
    tag = api.get(PATH, params={"limit": 1}).headers["ETag"]
    dry = api.post(PATH, json=body(dry_run=True))
    done = api.post(PATH, json=body(), headers={"If-Match": tag})
    again = api.post(PATH, json=body(), headers={"If-Match": done.headers["ETag"]})

    assert (tag, done.headers["ETag"]) == ('"0"', '"1"')
    assert dry.json() == {**done.json(), "revision": 0, "dry_run": True}
    assert done.json()["changes"][1] == {
        "kind": "tiers",
        "id": "L1",
        "change": "changed",
        "fields": [{"key": "time_limit", "before": '"2h"', "after": '"30m"'}],
    }
    assert (again.json()["changes"], again.json()["unchanged"]) == ([], 2)
    assert list(clinic.books[-1].technicians) == ["ann"]


def test_the_list_says_where_an_entry_comes_from(api: TestClient) -> None:
    api.post(PATH, json=body(), headers={"If-Match": "*"})
    found = api.get(PATH, params={"kind": "tiers"}).json()
    first, second = found["items"][:2]

    assert (found["revision"], found["problem"]) == (1, "")
    assert (first["id"], first["source"], first["revision"]) == ("L1", "applied", 1)
    assert first["applied_by"] == "administrator.doe"
    assert (first["content"]["time_limit"], first["content"]["next"]) == ("30m", "L2")
    assert (second["source"], second["applied_at"]) == ("default", None)


def test_the_list_in_pages(api: TestClient) -> None:
    """The pages are the whole, and a page of a list that changed meanwhile is refused."""
    whole = api.get(PATH, params={"limit": 500}).json()["items"]
    pages: list[list[object]] = []
    cursor = None
    while cursor is not None or not pages:
        page = api.get(PATH, params={"limit": 20} | ({"cursor": cursor} if cursor else {})).json()
        pages.append(page["items"])
        cursor = page["next_cursor"]
    first = api.get(PATH, params={"limit": 1}).json()["next_cursor"]
    api.post(PATH, json=body(), headers={"If-Match": "*"})
    late = api.get(PATH, params={"cursor": first})

    assert [one for page in pages for one in page] == whole
    assert (late.status_code, late.json()["detail"]) == (
        422,
        "cursor: somebody applied something meanwhile; begin anew",
    )


def test_who_may_only_read_sees_entries_without_secrets(api: TestClient, clinic: Clinic) -> None:
    channel = "channels: [{id: page, kind: webhook, url: 'https://hook.example/hush'}]"
    done = api.post(PATH, json=body(channel), headers={"If-Match": "*"})
    assert done.status_code == 200, done.text
    reader = clinic.bearer(Role.READER)
    listed = api.get(f"{PATH}/channels", headers=reader)
    found = api.get(f"{PATH}/channels/page", headers=reader).json()

    assert "hush" not in listed.text
    assert [one for one in listed.json()["items"] if one["id"] == "page"] == [
        {name: found[name] for name in listed.json()["items"][0]}
    ]
    assert found["secrets"] == ["url"]
    assert found["content"] == {"id": "page", "kind": "webhook"}
    assert (found["source"], found["is_on"], found["beneath"]) == ("applied", True, "")
    assert api.get(PATH, headers=reader).status_code == 403


def test_an_entry_says_which_others_name_it(api: TestClient) -> None:
    api.post(PATH, json=body(), headers={"If-Match": "*"})
    tier = api.get(f"{PATH}/tiers/L2").json()

    assert "technicians/ann" in tier["named_by"]
    assert tier["beneath"].startswith("default.yaml:")
    assert api.get(f"{PATH}/tiers/moon").status_code == 404
    assert api.get(f"{PATH}/moons").status_code == 422
    assert api.get(f"{PATH}/moons/x").status_code == 422


def test_the_entries_of_a_kind_in_pages(api: TestClient) -> None:
    whole = api.get(f"{PATH}/tiers").json()
    first = api.get(f"{PATH}/tiers", params={"limit": 1})
    second = api.get(first.links["next"]["url"]).json()

    assert [one["id"] for one in first.json()["items"]] == [whole["items"][0]["id"]]
    assert second["items"] == whole["items"][1:2]
    assert whole["next_cursor"] is None


def test_an_entry_falls_back(api: TestClient, clinic: Clinic) -> None:
    api.post(PATH, json=body(), headers={"If-Match": "*"})
    gone = api.delete(f"{PATH}/tiers/L1", headers={"If-Match": '"1"'})
    twice = api.delete(f"{PATH}/tiers/L1", headers={"If-Match": "*"})

    assert (gone.status_code, gone.json()["revision"]) == (200, 2)
    assert clinic.books[-1].tiers["L1"].time_limit_s == 7200
    assert (twice.status_code, twice.json()["detail"]) == (
        404,
        "tiers/L1 was not applied, so it cannot be removed",
    )


@pytest.mark.parametrize(
    ("headers", "status", "detail"),
    [
        pytest.param({}, 428, "If-Match is needed", id="none"),
        pytest.param({"If-Match": '"7"'}, 412, "revision 0 is in force, not 7", id="stale"),
        pytest.param({"If-Match": '"x"'}, 412, "is no ETag of a configuration", id="nonsense"),
    ],
)
def test_a_write_names_the_revision_that_it_knows(
    api: TestClient, headers: dict[str, str], status: int, detail: str
) -> None:
    for answer in (
        api.post(PATH, json=body(), headers=headers),
        api.delete(f"{PATH}/tiers/L1", headers=headers),
    ):
        assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        pytest.param(body("a: b: c"), 422, "team.yaml:1: is not YAML", id="no-yaml"),
        pytest.param(body("tires: []"), 422, "did you mean 'tiers'", id="kind"),
        pytest.param({}, 422, "nothing to apply", id="empty"),
        pytest.param({"remove": ["ann"]}, 422, "a kind and an id like technicians/ann", id="key"),
        pytest.param(body("x" * MAX_CONFIG_BYTES), 413, "body: at most 8388608 bytes", id="large"),
        pytest.param(body("#" * (1024 * 1024 + 1)), 422, "larger than 1024 KiB", id="1-MiB+1"),
    ],
)
def test_what_is_wrong_is_named(
    api: TestClient, sent: dict[str, object], status: int, detail: str
) -> None:
    answer = api.post(PATH, json=sent, headers={"If-Match": "*"})

    assert (answer.status_code, detail in answer.json()["detail"]) == (status, True)


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        pytest.param(b"{", "body", id="no-json"),
        pytest.param(b"[]", "body", id="no-object"),
        pytest.param(b'{"prune": "perhaps"}', "body/prune", id="no-flag"),
        pytest.param(b'{"dryrun": true}', "body/dryrun", id="unknown"),
    ],
)
def test_a_body_that_is_none(api: TestClient, sent: bytes, detail: str) -> None:
    answer = api.post(PATH, content=sent, headers={"If-Match": "*"})

    assert (answer.status_code, detail in answer.json()["detail"]) == (422, True)


def test_a_stranger_is_refused_before_a_body_is_read(api: TestClient) -> None:
    answer = api.post(PATH, content=b"{", headers={"Authorization": "Bearer nobody"})

    assert answer.status_code == 401


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.READER])
def test_only_administrators(api: TestClient, clinic: Clinic, role: Role) -> None:
    """Entries may hold secrets of channels, so nobody else reads them either."""
    mine = {**clinic.bearer(role), "If-Match": "*"}
    answers = (
        api.get(PATH, headers=mine),
        api.post(PATH, json=body(), headers=mine),
        api.delete(f"{PATH}/tiers/L1", headers=mine),
        api.get("/api/v1/audit", headers=mine),
    )

    assert [one.status_code for one in answers] == [403] * 4


def test_the_audit_in_pages_and_filtered(api: TestClient) -> None:
    api.post(PATH, json=body(), headers={"If-Match": "*"})
    api.delete(f"{PATH}/tiers/L1", headers={"If-Match": "*"})
    first = api.get("/api/v1/audit", params={"limit": 2})
    rest = api.get("/api/v1/audit", params={"cursor": first.json()["next_cursor"]}).json()
    tiers = api.get("/api/v1/audit", params={"object_kind": "config/tiers"}).json()["items"]
    nobody = api.get("/api/v1/audit", params={"actor": "nobody"}).json()
    wrong = api.get("/api/v1/audit", params={"actor": "a\x00b"})

    assert [one["action"] for one in first.json()["items"]] == ["changed", "changed"]
    assert (rest["items"][0]["object_id"], rest["next_cursor"]) == ("ann", None)
    assert [one["after"] for one in tiers] == [{"time_limit": '"2h"'}, {"time_limit": '"30m"'}]
    assert (nobody["items"], wrong.status_code) == ([], 422)
    assert first.links["next"]["url"].startswith("/api/v1/audit?limit=2&cursor=")
