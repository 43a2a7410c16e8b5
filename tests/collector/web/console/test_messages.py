"""Messages in the console: what waits, what is dead and why, and sending it again."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.desk.message import MessageState, OutboxMessage
from tests.collector.clinic import NOW, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

DEAD = OutboxMessage(
    key="t:1:receipt/url:https://example.org/<b>",
    channel="mail",
    payload={"subject": "We have your request"},
    created_at=NOW,
    not_before=NOW,
    recipient="person:ada",
    state=MessageState.DEAD,
    last_error="550 no such user",
)
PATH = f"/messages/{quote(DEAD.key, safe='')}"


@pytest.fixture(autouse=True)
def messages(clinic: Clinic) -> None:
    """Put messages in the outbox."""
    with clinic.open_writes() as uow:
        uow.outbox.add(DEAD)
        waiting = replace(DEAD, state=MessageState.RETRIED, last_error="later")
        uow.outbox.add_all([replace(waiting, key=f"w:{number:02}") for number in range(50)])
        uow.commit()


def test_dead_message_says_why_and_is_sent_again_once(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    listed = client.get("/messages?state=dead").text
    page = client.get(PATH).text
    form = {"csrf": csrf_on(page)}
    again = client.post(f"{PATH}/retry", data=form)
    twice = client.post(f"{PATH}/retry", data=form)

    assert "550 no such user" in listed
    assert f'href="{PATH}"' in listed
    assert "no channel could deliver it" in page
    assert (again.status_code, again.headers["location"], twice.status_code) == (303, PATH, 409)
    assert "it goes out within a moment" in client.get(PATH).text
    assert "No message is dead" in client.get("/messages?state=dead").text


def test_list_goes_on_page_by_page(open_as: Open) -> None:
    client = open_as(Role.READER)
    first = client.get("/messages").text
    following = first.partition('href="/messages?cursor=')[2].partition('"')[0]
    second = client.get(f"/messages?cursor={following}").text

    assert "50 wait to be sent" in first
    assert "Send again" not in first
    assert (first.count("data-open"), second.count("data-open")) == (50, 1)


def test_part_that_is_looked_at_again(open_as: Open) -> None:
    client = open_as(Role.READER)
    waits = client.get("/messages/state/w:01").text
    dead = client.get(f"/messages/state/{quote(DEAD.key, safe='')}").text

    assert waits.startswith('<div id="state" hx-get="/messages/state/w%3A01"')
    assert dead.startswith('<div id="state">')
    assert client.get("/messages/none").status_code == 404
