"""The stream of events as a browser without a screen meets it."""

from starlette.testclient import TestClient

from sickbay_collector.core.live import MARKS_LIMIT
from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic
from tests.collector.served import site_on
from tests.collector.web.console.conftest import Open


def test_strangers_hear_nothing(visitor: TestClient) -> None:
    answer = visitor.get("/events")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fevents")


def test_no_stream_begins_while_the_collector_stops(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.READER)
    context = clinic.context()
    site_on(context)
    context.live.close()

    answer = client.get("/events")

    assert answer.status_code == 503


def test_a_mark_has_a_limit(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert client.get(f"/events?since={'x' * (MARKS_LIMIT + 1)}").status_code == 422


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(clinic: Clinic, open_as: Open) -> None:
    """Somebody who reads does."""
    client = open_as(Role.READER)
    clinic.now = clinic.now.replace(hour=clinic.now.hour + 5)
    assert client.get("/", headers={"X-Live": "yes"}).status_code == 200
    clinic.now = clinic.now.replace(hour=clinic.now.hour + 5)

    assert client.get("/", headers={"X-Live": "yes"}).status_code == 303


def test_a_page_says_how_far_it_is(open_as: Open) -> None:
    page = open_as(Role.READER).get("/").text

    assert 'data-mark="tickets-' in page
    assert "live." in page
