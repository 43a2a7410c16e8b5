"""Coverage and rotas in the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic, Template
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import Open, csrf_on

ROTA = "/coverage/rotas/nights"


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk whose configuration can be changed."""
    with open_settled(template, tmp_path) as opened:
        yield opened


def stand_in(client: TestClient, **other: str) -> dict[str, str]:
    """Return the form as its page has it, filled in."""
    page = client.get(ROTA).text
    key = re.search(r'name="key" value="([0-9a-f-]+)"', page)
    assert key
    filled = {
        "csrf": csrf_on(page),
        "key": key[1],
        "zone": "Europe/Oslo",
        "login": "bob",
        "instead_of": "everybody",
        "since": "2026-11-23T09:00",
        "until": "2026-11-23T10:00",
        "reason": "the dentist",
    }
    return filled | other


def test_weeks_ahead_gaps_and_what_would_close_them(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    page = client.get("/coverage").text
    narrow = client.get("/coverage?from=2026-12-07&weeks=2&tier=L2&zone=Europe/Oslo").text

    assert "nobody of tier L1; 1 more staff" in page
    assert "let Ada Berg stand in on rota nights" in page
    assert f'href="{ROTA}?login=ada&from=2026-11-23T08:00&until=2026-11-23T09:00' in page
    assert "16 h short" in page
    assert "All requirements are met in these weeks." in narrow
    assert "Times in Europe/Oslo" in narrow
    assert ">german<" not in narrow


def test_readers_are_told_but_change_nothing(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert "let Ada Berg stand in" in client.get("/coverage").text
    for path in ("/coverage", "/coverage/rotas", ROTA):
        assert 'action="/coverage' not in client.get(path).text
    token = csrf_on(client.get("/coverage").text)
    assert client.post(f"{ROTA}/overrides", data={"csrf": token}).status_code == 403


def test_who_is_told_at_a_time_of_a_zone(open_as: Open) -> None:
    client = open_as(Role.READER)
    page = client.get("/coverage/who?who=nights&at=2026-11-22T03:00&zone=Europe/Oslo").text
    nobody = client.get("/coverage/who?who=L1").text

    assert re.search(r"at once.*Ada Berg.*if nobody answers.*Bob Lind.*Eve Holm", page, re.DOTALL)
    assert "ada&#39;s turn in week" in page
    assert "nobody is on call then" in nobody


def test_staff_by_the_past(open_as: Open) -> None:
    page = open_as(Role.READER).get("/coverage/staff?weeks=1&percent=90&within_min=30").text

    assert "So many people answer 90 %" in page
    assert re.search(r"office.*Fri 11:00", page, re.DOTALL)


def test_somebody_stands_in_once_however_often_the_form_is_sent(open_as: Open) -> None:
    """A link from a gap fills the form; its times are those of the zone that it names."""
    client = open_as(Role.TECHNICIAN)
    filled = client.get(f"{ROTA}?login=bob&from=2026-11-23T08:00&until=2026-11-23T09:00").text
    form = stand_in(client)
    for _ in range(2):
        assert client.post(f"{ROTA}/overrides", data=form).status_code == 303
    page = client.get(ROTA).text
    removals = re.findall(r'action="(/coverage/rotas/nights/overrides/\w+/remove)"', page)
    told = client.get("/coverage/who?who=nights&at=2026-11-23T09:30&zone=Europe/Oslo").text

    assert "every week from 2026-01-12 09:00" in page
    assert 'value="2026-11-23T08:00"' in filled
    assert re.search(r"at once.*Bob Lind", told, re.DOTALL)
    assert len(removals) == 1
    assert client.post(removals[0], data={"csrf": form["csrf"]}).status_code == 303
    assert "the dentist" not in client.get(ROTA).text
    assert client.post(removals[0], data={"csrf": form["csrf"]}).status_code == 404


_WRONG = (
    ("until", "2026-11-23T09:00", "is not after from"),
    ("until", "2026-11-20T09:00", "is over already"),
    ("until", "", "until"),
    ("until", "9999-12-31T23:59", "between the years 1970 and 2200"),
    ("login", "nobody", "technicians has no"),
    ("zone", "Mars/Base", "is no time zone"),
    ("instead_of", "bob", "cannot stand in for themselves"),
    ("reason", "x" * 161, "at most 160"),
    ("reason", "a\x00b", "reason"),
)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    form = stand_in(client)
    for field, value, said in _WRONG:
        answer = client.post(f"{ROTA}/overrides", data=form | {field: value})

        assert answer.status_code == 422, field
        assert said in answer.text
        assert 'role="alert"' in answer.text
        assert field == "reason" or 'value="the dentist"' in answer.text


def test_address_of_a_calendar_is_shown_once_and_ended(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/coverage/rotas").text)
    made = client.post("/coverage/feeds", data={"csrf": token}).text
    address = re.search(r"http://testserver(/api/v1/rotas/nights\.ics\?token=sbf_[\w-]+)", made)
    assert address
    listed = client.get("/coverage/rotas").text
    end = re.search(r'action="(/coverage/feeds/[\w-]+/revoke)"', listed)
    assert end

    assert client.get(address[1]).status_code == 200
    assert "sbf_" not in listed
    assert client.post(end[1], data={"csrf": token}).status_code == 303
    assert client.get(address[1]).status_code == 401


_TYPED = (
    ("/coverage?from=9999-12-31", 422),
    ("/coverage?from=1971-01-01", 422),
    ("/coverage?from=moon", 422),
    ("/coverage?weeks=13", 422),
    ("/coverage?weeks=12&skip=100000", 200),
    ("/coverage?zone=..", 422),
    ("/coverage?zone=Mars/Base", 422),
    ("/coverage?from=&zone=&tier=", 200),
    ("/coverage/who?who=moon", 404),
    ("/coverage/who?who=L1&at=0001-01-01T00:00", 422),
    ("/coverage/staff?weeks=105", 422),
    ("/coverage/staff?tier=moon", 404),
    ("/coverage/rotas/moon", 404),
)


def test_addresses_that_people_type(open_as: Open) -> None:
    client = open_as(Role.READER)
    for path, status in _TYPED:
        assert client.get(path).status_code == status, path
