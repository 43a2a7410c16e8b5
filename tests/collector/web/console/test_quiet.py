"""Silences and maintenance windows in a browser: looked at first, added once, ended early."""

from datetime import timedelta

from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, Clinic
from tests.collector.web.console.conftest import Open, csrf_on
from tests.collector.web.console.test_pages import Checked

SILENCE = {"device": "ws-*", "rule": "disk.*, mem.*", "lasts": "8h", "reason": "parts <b>ordered"}
WINDOW = {
    "title": "Patch night",
    "device": "ws-*",
    "start": "2026-11-29T02:00",
    "zone": "Europe/Berlin",
    "length": "2h",
    "grace": "30m",
    "rrule": "FREQ=WEEKLY;BYDAY=SU",
    "until": "2027-03-01",
    "reason": "patches",
}


def _token(client: TestClient, path: str) -> dict[str, str]:
    return {"csrf": csrf_on(client.get(path).text)}


def _sound(page: str) -> None:
    checked = Checked()
    checked.feed(page)
    assert (checked.found, checked.headings) == ([], 1)


def test_silence_is_previewed_added_extended_and_ended(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    fields = {**SILENCE, **_token(client, "/silences/new")}
    seen = client.post("/silences/new", data={**fields, "act": "preview"})
    with clinic.open_reads() as uow:
        untouched = list(uow.quiet.silences(active_at=None, limit=9))
    made = client.post("/silences/new", data={**fields, "act": "add"})
    shown = client.get("/silences/1").text
    listed = client.get("/silences").text
    longer = client.post("/silences/1/extend", data={**_token(client, "/silences"), "lasts": "3d"})
    with clinic.open_reads() as uow:
        extended = uow.quiet.silence(1)
    ended = client.post("/silences/1/expire", data=_token(client, "/silences"))

    assert "It is about <b>3</b> devices" in seen.text
    assert "The volume / has 2 % free." in seen.text
    assert 'value="disk.*, mem.*"' in seen.text
    assert untouched == []
    assert (made.status_code, made.headers["location"]) == (303, "/silences/1")
    assert "parts &lt;b&gt;ordered" in shown
    assert "device ws-*; rule disk.*, mem.*" in listed
    assert longer.status_code == ended.status_code == 303
    assert extended is not None
    assert extended.ends_at == NOW + timedelta(days=3)
    assert "Nothing is silenced" in client.get("/silences").text
    assert "by technician" in client.get("/silences?show=past").text
    for page in (seen.text, shown, listed):
        _sound(page)


def test_silence_that_is_wrong_says_why_and_loses_nothing(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = _token(client, "/silences/new")
    for change, message in (
        ({"device": "", "rule": ""}, "names nothing"),
        ({"until": "2027-11-29T02:00"}, "at most 30 days"),
        ({"lasts": "soon"}, "lasts: a length like"),
        ({"reason": ""}, "reason: 1 to 500"),
    ):
        answer = client.post("/silences/new", data={**SILENCE, **token, **change, "act": "add"})

        assert answer.status_code == 422
        assert message in answer.text
        assert "Nothing was saved" in answer.text


def test_window_is_previewed_planned_and_ended(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    fields = {**WINDOW, **_token(client, "/windows/new")}
    seen = client.post("/windows/new", data={**fields, "act": "preview"})
    made = client.post("/windows/new", data={**fields, "act": "add"})
    shown = client.get("/windows/1").text
    coming = client.get("/windows?show=coming").text
    active = client.get("/windows").text
    ended = client.post("/windows/1/cancel", data=_token(client, "/windows"))

    assert "2026-11-29 01:00" in seen.text
    assert "2026-12-06 01:00" in seen.text
    assert (made.status_code, made.headers["location"]) == (303, "/windows/1")
    assert "every" in shown or "FREQ=WEEKLY" in shown
    assert "Patch night" in coming
    assert "No maintenance goes on" in active
    assert ended.status_code == 303
    assert "Patch night" in client.get("/windows?show=past").text
    assert "cancelled" in client.get("/windows/1").text
    for page in (seen.text, shown, coming):
        _sound(page)
    with clinic.open_reads() as uow:
        assert len(uow.quiet.windows(open_only=False, over_only=True, limit=9)) == 1


def test_window_that_is_wrong_says_why(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = _token(client, "/windows/new")
    for change, message in (
        ({"zone": "Mars/Base"}, "no time zone"),
        ({"length": "2 hours"}, "length: a length like"),
        ({"until": ""}, "needs its end"),
        ({"rrule": "FREQ=SECONDLY"}, "FREQ is one of"),
        ({"title": ""}, "title"),
    ):
        answer = client.post("/windows/new", data={**WINDOW, **token, **change, "act": "add"})

        assert answer.status_code == 422, change
        assert message in answer.text


def test_who_only_looks_has_no_forms(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert "Add a silence" not in client.get("/silences").text
    assert client.get("/silences/new").status_code == 403
    assert client.get("/windows/new").status_code == 403
    assert client.get("/silences/9").status_code == 404
    assert client.get("/windows/9").status_code == 404
