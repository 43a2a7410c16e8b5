"""The home page in a browser: whose score moved, and for whom."""

from dataclasses import replace
from threading import Event

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import SICK, Clinic
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, Open, counting_until


def test_movers_say_what_moved_and_lead_to_what_changed(open_as: Open) -> None:
    client = open_as(Role.READER)
    page = client.get("/?movers=week").text
    today = client.get("/").text

    assert f'href="/devices/{SICK}?tab=changes"' in page
    assert 'href="/?movers=week#fell" aria-current="true"' in page
    assert "No score rose by five points or more" in page
    assert "No score fell by five points or more" in today


def test_a_device_says_what_its_score_was(open_as: Open) -> None:
    page = open_as(Role.READER).get(f"/devices/{SICK}").text

    assert "was 96, " in page


def test_times_to_compare_with_are_two(open_as: Open) -> None:
    answer = open_as(Role.READER).get("/?movers=year")

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("sites", "sees"),
    [pytest.param((), True, id="everywhere"), pytest.param(("bern",), False, id="elsewhere")],
)
def test_who_is_narrowed_sees_their_movers_only(
    clinic: Clinic, open_as: Open, sites: tuple[str, ...], *, sees: bool
) -> None:
    client = open_as(Role.TECHNICIAN)
    with clinic.open_writes() as uow:
        account = uow.accounts.get(Role.TECHNICIAN.value)
        assert account is not None
        uow.accounts.put(replace(account, sites=sites))
        uow.commit()
    movers = client.get("/?movers=week").text

    assert (SICK in movers) is sees


def test_devices_that_take_long_to_count_come_later(clinic: Clinic, visitor: TestClient) -> None:
    """What needs somebody is there at once; the API waits for all of it."""
    del visitor
    over = Event()
    slow = counting_until(clinic, over)
    with TestClient(site_on(slow), follow_redirects=False) as client:
        client.post("/sign-in", data={"login": Role.TECHNICIAN.value, "password": PASSWORD})
        first = client.get("/?movers=week").text
        over.set()
        answer = client.get("/api/v1/home").json()
        then = client.get("/?movers=week").text

    assert "are being counted" in first
    assert 'href="/?movers=week">Look again' in first
    assert 'href="/tickets/1"' in first
    assert SICK not in first.partition('id="fleet"')[2]
    assert answer["fleet"]["worst"]
    assert "data-soon" not in then
    assert f'href="/devices/{SICK}?tab=changes"' in then
