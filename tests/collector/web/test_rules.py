"""Alert rules over HTTP: what they did, changing them, their versions, trying them."""

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic

RULE = "/api/v1/rules/disk.full.crit"
MINE = """
- id: disk.mine
  family: disk.mine
  kind: threshold
  title: Mine
  metric: volume.free_ratio
  raise: {below: 0.1}
  clear: {above: 0.2}
  urgency: 2
  category: storage
  tier: L1
  queue: service-desk
  runbook: DISK-1
"""


@pytest.fixture(autouse=True)
def _started(clinic: Clinic) -> None:
    """Put the default rules in force, as a running collector has them."""
    clinic.shelf.start()


def _admin(clinic: Clinic, anonymous: TestClient) -> TestClient:
    anonymous.headers.update(clinic.bearer(Role.ADMINISTRATOR))
    return anonymous


def test_rules_are_listed_with_what_they_did(reader: TestClient) -> None:
    items = {one["id"]: one for one in reader.get("/api/v1/rules").json()["items"]}

    assert items["disk.full.crit"]["enabled"] is True
    assert items["disk.full.crit"]["source"] == "default"
    assert items["disk.full.crit"]["tally"] == {
        "alerts": 1, "standing": 1, "quiet": 0, "tickets": 1, "noise": 0, "noise_ratio": 0.0,
    }  # fmt: skip
    assert items["mem.oom"]["tally"]["noise_ratio"] is None


def test_changed_rule_is_in_force_at_once_and_wins(clinic: Clinic, anonymous: TestClient) -> None:
    """Its history says who, when, why and from which version to which."""
    admin = _admin(clinic, anonymous)
    shown = admin.get(RULE)
    before = shown.json()
    rule = {**before["content"], "for": "45m"}
    del rule["effect"]
    body = {"rule": rule, "note": "small volumes"}
    etag = {"If-Match": shown.headers["etag"]}
    dry = admin.put(RULE, json={**body, "dry_run": True}, headers=etag)
    untouched = admin.get(RULE).json()
    done = admin.put(RULE, json=body, headers=etag)
    after = admin.get(RULE).json()
    history = admin.get(f"{RULE}/versions").json()

    assert [one["key"] for one in dry.json()["changes"]] == ["for", "effect"]
    assert untouched == before
    assert done.json()["changes"] == dry.json()["changes"]
    assert (after["content"]["for"], after["source"]) == ("45m", "applied")
    assert "effect" not in after["content"]
    assert clinic.shelf.rules().rules["disk.full.crit"].for_s == 2700.0
    assert clinic.shelf.rules().rules["disk.full.crit"].version == after["version"]
    (change,) = history["changes"]
    assert (change["action"], change["note"], change["enabled"]) == (
        "changed",
        "small volumes",
        True,
    )
    assert change["version"] == after["version"]
    assert {one["version"] for one in history["versions"]} >= {before["version"], after["version"]}
    assert admin.put(RULE, json=body, headers=etag).status_code == 412
    assert admin.put(RULE, json=body).status_code == 428


def test_versions_differ_by_keys_and_can_be_restored(clinic: Clinic, anonymous: TestClient) -> None:
    admin = _admin(clinic, anonymous)
    before = admin.get(RULE).json()
    rule = {**before["content"], "urgency": 3, "reads": 2}
    any_ = {"If-Match": "*"}
    admin.put(RULE, json={"rule": rule}, headers=any_)
    diff = admin.get(f"{RULE}/diff?before={before['version']}").json()["changes"]
    same = admin.get(f"{RULE}/diff?before={before['version']}&after={before['version']}").json()
    back = admin.post(f"{RULE}/restore", json={"version": before["version"]}, headers=any_)
    after = admin.get(RULE).json()

    assert diff == [
        {"key": "urgency", "before": "1", "after": "3"},
        {"key": "reads", "before": None, "after": "2"},
    ]
    assert same == {"changes": []}
    assert back.status_code == 200
    assert (after["version"], after["source"]) == (before["version"], "default")
    assert admin.get(f"{RULE}/versions/{before['version']}").json()["content"] == before["content"]
    assert admin.get(f"{RULE}/versions/none").status_code == 404
    assert admin.get(f"{RULE}/versions/a%00b").status_code == 404
    assert len(admin.get(f"{RULE}/versions").json()["changes"]) == 2


def test_rule_is_switched_off_on_and_reset(clinic: Clinic, anonymous: TestClient) -> None:
    admin = _admin(clinic, anonymous)
    any_ = {"If-Match": "*"}
    off = admin.post(f"{RULE}/disable", json={"note": "too loud"}, headers=any_)
    is_off = admin.get(RULE).json()
    on = admin.post(f"{RULE}/enable", json={}, headers=any_)
    again = admin.delete(RULE, headers=any_)

    assert off.json()["changes"] == [{"key": "enabled", "before": None, "after": "false"}]
    assert is_off["enabled"] is False
    assert on.status_code == 200
    assert "disk.full.crit" in clinic.shelf.rules().rules
    assert again.status_code == 404
    assert "was not applied" in again.json()["detail"]


def test_rule_is_added_once_and_can_be_taken_away(clinic: Clinic, anonymous: TestClient) -> None:
    admin = _admin(clinic, anonymous)
    made = admin.post("/api/v1/rules", json={"text": MINE})
    twice = admin.post("/api/v1/rules", json={"text": MINE})
    gone = admin.delete("/api/v1/rules/disk.mine", headers={"If-Match": "*"})

    assert made.status_code == 201
    assert (twice.status_code, "is there already" in twice.json()["detail"]) == (409, True)
    assert gone.status_code == 200
    assert admin.get("/api/v1/rules/disk.mine").status_code == 404
    with clinic.open_reads() as uow:
        (removed, added) = uow.rules.changes("disk.mine", limit=9)
    assert (added.action, removed.action, removed.version) == ("added", "removed", "")


def test_wrong_rules_are_refused_with_key_and_place(clinic: Clinic, anonymous: TestClient) -> None:
    admin = _admin(clinic, anonymous)
    any_ = {"If-Match": "*"}
    rule = admin.get(RULE).json()["content"]
    cases: list[tuple[object, str]] = [
        ({"rule": {**rule, "for": "15x"}}, "for: must be a duration"),
        ({"rule": {**rule, "muted_by": ["no.such"]}}, "muted_by names"),
        ({"rule": {**rule, "id": "other"}}, "must be disk.full.crit"),
        ({"text": "{"}, "is not YAML"),
        ({"text": ""}, "must hold the keys of one rule"),
        ({"text": "[{id: a}, {id: b}]"}, "holds 2 rules"),
        ({"rule": rule, "text": "id: a"}, "give the rule's keys as rule"),
        ({"rule": rule, "note": "a\x00b"}, "note: at most 500 printable"),
        ({"text": "id: disk.full.crit\ntitle: " + 40 * "[" + 40 * "]"}, "nested too deep"),
    ]
    for body, message in cases:
        answer = admin.put(RULE, json=body, headers=any_)

        assert answer.status_code == 422, body
        assert message in answer.json()["detail"]
    assert admin.put("/api/v1/rules/none", json={"rule": rule}, headers=any_).status_code == 404


def test_rule_is_tried_without_being_in_force(clinic: Clinic, anonymous: TestClient) -> None:
    admin = _admin(clinic, anonymous)
    found = admin.post("/api/v1/rules/try", json={"text": MINE}).json()
    one = admin.post("/api/v1/rules/try", json={"text": MINE, "device": "ws-well"}).json()

    assert (found["looked_at"], found["devices"], found["is_complete"]) == (2, 1, True)
    assert found["hits"][0]["hostname"] == "ws-sick"
    assert found["hits"][0]["readings"][0]["metric"] == "volume.free_ratio"
    assert (found["looked_back"], found["back_s"], found["untold"]) == (1, 21_600.0, "")
    assert (found["hits"][0]["verdict"], found["open"]) == ("open", 1)
    assert (one["looked_at"], one["hits"]) == (1, [])
    assert "disk.mine" not in clinic.shelf.rules().rules


def test_who_is_no_administrator_changes_nothing(technician: TestClient) -> None:
    any_ = {"If-Match": "*"}
    for answer in (
        technician.put(RULE, json={"text": MINE}, headers=any_),
        technician.post("/api/v1/rules", json={"text": MINE}),
        technician.delete(RULE, headers=any_),
        technician.post(f"{RULE}/disable", json={}, headers=any_),
        technician.post("/api/v1/rules/try", json={"text": MINE}),
        technician.post(f"{RULE}/restore", json={"version": "v"}, headers=any_),
    ):
        assert answer.status_code == 403
