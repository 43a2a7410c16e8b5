import re

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.services.access import Role
from tests.collector.clinic import TICKET, Clinic
from tests.collector.web.console.conftest import Open, csrf_on
from tests.collector.web.console.test_ticket_queries import statements

BOARD = "/tickets?view=board"


def test_the_board_shows_tickets_by_status(open_as: Open) -> None:
    page = open_as(Role.TECHNICIAN).get(BOARD).text

    lanes = dict(re.findall(r'aria-label="([a-z ]+)"><h2>.*?<span class="count">(\d+)', page))
    assert lanes == {
        "new": "1",
        "assigned": "0",
        "in progress": "0",
        "pending": "0",
        "resolved": "0",
    }
    assert "Nothing waits for others." in page


def test_filters_stand_in_the_address_of_the_board(open_as: Open) -> None:
    page = open_as(Role.TECHNICIAN).get(f"{BOARD}&tier=L1&priority=high").text

    links = {frozenset(one.split("&amp;")) for one in re.findall(r'href="/tickets\?([^"]+)"', page)}
    assert {"view=board", "show=mine", "priority=high", "tier=L1"} in links
    assert {"priority=high", "tier=L1"} in links
    assert "system volume almost full" in page
    other = open_as(Role.TECHNICIAN).get(f"{BOARD}&tier=L3").text
    assert "system volume almost full" not in other


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param({"take": "1"}, TicketStatus.IN_PROGRESS, id="taken by its button"),
        pytest.param(
            {"version": "1", "to": "resolved", "text": "Freed space."},
            TicketStatus.RESOLVED,
            id="resolved",
        ),
    ],
)
def test_a_ticket_is_moved_and_the_board_is_there_again(
    clinic: Clinic, open_as: Open, said: dict[str, str], status: TicketStatus
) -> None:
    client = open_as(Role.TECHNICIAN)

    answer = _move(client, said)

    assert answer == (303, f"{BOARD}&tier=L1")
    assert _status(clinic) is status


def test_a_ticket_that_was_begun_waits(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    _move(client, {"take": "1"})

    for version, to in ((2, "pending_vendor"), (3, "pending_change"), (4, "pending_user")):
        assert _move(client, {"version": str(version), "to": to, "text": "Waits."})[0] == 303
    assert _status(clinic) is TicketStatus.PENDING_USER


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"version": "1", "to": "resolved"}, 422, id="without words"),
        pytest.param({"version": "1", "to": "closed", "text": "x"}, 422, id="nobody closes"),
        pytest.param({"to": "resolved", "text": "x"}, 422, id="without a version"),
        pytest.param({"take": "9"}, 409, id="another version"),
        pytest.param({"version": "1", "to": "pending_user", "text": "x"}, 409, id="not allowed"),
        pytest.param({"version": "1", "to": "resolved", "text": "x" * 4001}, 422, id="too long"),
    ],
)
def test_what_cannot_be_moves_nothing(
    clinic: Clinic, open_as: Open, said: dict[str, str], code: int
) -> None:
    assert _move(open_as(Role.TECHNICIAN), said)[0] == code
    assert _status(clinic) is TicketStatus.NEW


def test_readers_move_nothing(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.READER)

    assert _move(client, {"take": "1"})[0] == 403
    assert "data-move" not in client.get(BOARD).text
    assert _status(clinic) is TicketStatus.NEW


def test_board_and_list_ask_the_database_seldom(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    for path in (BOARD, "/tickets", "/tickets/1?tab=evidence"):
        with statements(clinic.engine) as found:
            assert client.get(path).status_code == 200

        assert len(found) <= 12, found


def _move(client: TestClient, said: dict[str, str]) -> tuple[int, str]:
    token = csrf_on(client.get("/tickets").text)
    form = {"csrf": token, "back": f"{BOARD}&tier=L1", **said}
    answer = client.post("/tickets/1/move", data=form)
    return answer.status_code, answer.headers.get("location", "")


def _status(clinic: Clinic) -> TicketStatus:
    with clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    return ticket.status
