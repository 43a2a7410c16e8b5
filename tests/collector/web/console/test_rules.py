"""Alert rules in a browser: forms with errors beside their fields, versions, switching."""

import re

from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic
from tests.collector.web.console.conftest import Open, csrf_on
from tests.collector.web.test_rules import MINE

PAGE = "/rules/disk.full.crit"


def _forms(client: TestClient, path: str = PAGE) -> dict[str, str]:
    page = client.get(path).text
    tag = re.search(r'name="tag" value="([0-9a-f]*)"', page)
    assert tag
    return {"csrf": csrf_on(page), "tag": tag[1]}


def _fields(client: TestClient) -> dict[str, str]:
    """Return the fields of the form as the page holds them."""
    content = client.get("/api/v1/rules/disk.full.crit").json()["content"]
    plain = {key: str(value) for key, value in content.items() if not isinstance(value, dict)}
    return {
        **plain,
        "raise": "{metric: volume.used_ratio, above: 90%}",
        "clear": "{metric: volume.used_ratio, below: 80%}",
        "scope": "{volume: system}",
        "says": "{instance} is {volume.used_ratio} full",
    }


def test_rule_is_changed_tried_and_restored(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    fields = {**_fields(client), **_forms(client), "for": "45m", "note": "small volumes"}
    tried = client.post(PAGE, data={**fields, "act": "try"})
    before = clinic.shelf.rules().rules["disk.full.crit"]
    saved = client.post(PAGE, data={**fields, "act": "save"})
    after = clinic.shelf.rules().rules["disk.full.crit"]
    again = client.post(PAGE, data={**fields, "for": "50m"})
    versions = client.get(f"{PAGE}/versions?before={before.version}").text
    restored = client.post(f"{PAGE}/restore", data={**_forms(client), "version": before.version})

    assert "What it would do now" in tried.text
    assert (saved.status_code, saved.headers["location"]) == (303, PAGE)
    assert (before.for_s, after.for_s) == (900.0, 2700.0)
    assert again.status_code == 422
    assert "was changed meanwhile" in again.text
    assert 'value="50m"' in again.text
    assert "small volumes" in versions
    assert "From " + before.version[:12] in versions
    assert restored.status_code == 303
    assert clinic.shelf.rules().rules["disk.full.crit"].version == before.version


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    wrong = {
        "for": "15x",
        "urgency": "nine",
        "raise": "all: [",
        "queue": "No Such",
        "title": "Kept",
    }
    answer = client.post(PAGE, data={**_fields(client), **_forms(client), **wrong})

    assert answer.status_code == 422
    assert set(re.findall(r'id="wrong-([a-z_]+)"', answer.text)) == {
        "for", "urgency", "raise", "queue",
    }  # fmt: skip
    assert 'value="15x"' in answer.text
    assert 'value="Kept"' in answer.text
    assert "must be a duration like 90s" in answer.text


def test_yaml_is_taken_and_a_rule_is_added_switched_and_taken_away(
    clinic: Clinic, open_as: Open
) -> None:
    client = open_as(Role.ADMINISTRATOR)
    new = _forms(client, "/rules/new-rule")
    broken = client.post("/rules/new-rule", data={**new, "text": "{"})
    made = client.post("/rules/new-rule", data={**new, "text": MINE})
    twice = client.post("/rules/new-rule", data={**new, "text": MINE})
    off = client.post("/rules/disk.mine/switch", data=_forms(client, "/rules/disk.mine"))
    is_off = "disk.mine" not in clinic.shelf.rules().rules
    gone = client.post("/rules/disk.mine/reset", data=_forms(client, "/rules/disk.mine"))

    assert (broken.status_code, "is not YAML" in broken.text) == (422, True)
    assert made.headers["location"] == "/rules/disk.mine"
    assert "there is one of this id already" in twice.text
    assert (off.status_code, is_off) == (303, True)
    assert gone.headers["location"] == "/rules"


def test_who_may_not_change_rules_sees_no_forms(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    page = client.get(PAGE).text

    assert "Put in force" not in page
    assert "volume.used_ratio" in page
    assert client.post(PAGE, data={"csrf": csrf_on(page), "tag": ""}).status_code == 403
