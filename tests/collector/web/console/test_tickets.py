from dataclasses import replace

import pytest

from sickbay_collector.services.access import Role
from tests.collector.clinic import TICKET, Clinic
from tests.collector.web.console.conftest import Open, csrf_on


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        pytest.param("take", {}, "in progress", id="take"),
        pytest.param("assign", {"assignee": "ben"}, "Assigned to ben", id="assign"),
        pytest.param("resolve", {"text": "Freed space."}, "Freed space.", id="resolve"),
        pytest.param("note", {"text": "Called her."}, "Called her.", id="note"),
        pytest.param(
            "note", {"text": "We are on it.", "is_public": "true"}, "public", id="public note"
        ),
    ],
)
def test_what_is_done_shows_on_the_page(
    open_as: Open, act: str, fields: dict[str, str], said: str
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post(f"/tickets/1/{act}", data={"csrf": token, "version": "1", **fields})

    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/tickets/1"
    assert said in client.get("/tickets/1").text


def test_a_ticket_that_is_worked_on_can_wait(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/take", data={"csrf": token, "version": "1"})

    form = {"csrf": token, "version": "2", "what": "wait_for_vendor", "text": "A drive is ordered."}
    client.post("/tickets/1/wait", data=form)

    page = client.get("/tickets/1").text
    assert "pending vendor" in page
    assert "A drive is ordered." in page


def test_a_resolved_ticket_can_be_opened_again(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/resolve", data={"csrf": token, "version": "1", "text": "Done."})

    client.post("/tickets/1/reopen", data={"csrf": token, "version": "2", "text": "Not at all."})

    assert "reopened 1 times" in client.get("/tickets/1").text


def test_who_comes_second_is_told(clinic: Clinic, open_as: Open) -> None:
    """And what the first did stays."""
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/assign", data={"csrf": token, "version": "1", "assignee": "ben"})

    answer = client.post("/tickets/1/take", data={"csrf": token, "version": "1"})

    assert answer.status_code == 409
    assert "read it again" in answer.text
    with clinic.open_reads() as uow:
        ticket = uow.tickets.by_number(1)
    assert ticket is not None
    assert ticket.assignee == "ben"


@pytest.mark.parametrize(
    ("act", "fields", "status"),
    [
        pytest.param("resolve", {"text": "x" * 4001}, 422, id="too long"),
        pytest.param("resolve", {"text": "   "}, 422, id="empty"),
        pytest.param("wait", {"what": "close", "text": "x"}, 422, id="not to wait"),
        pytest.param("take", {"version": "0"}, 422, id="no version"),
        pytest.param("reopen", {"text": "x"}, 409, id="not resolved"),
    ],
)
def test_what_cannot_be_done_is_refused(
    open_as: Open, act: str, fields: dict[str, str], status: int
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post(f"/tickets/1/{act}", data={"csrf": token, "version": "1", **fields})

    assert answer.status_code == status


def test_readers_change_nothing(open_as: Open) -> None:
    client = open_as(Role.READER)
    token = csrf_on(client.get("/").text)

    answer = client.post("/tickets/1/take", data={"csrf": token, "version": "1"})

    assert answer.status_code == 403
    assert "may look" in answer.text


def test_two_readings_of_one_finding_say_its_sentence_once(clinic: Clinic, open_as: Open) -> None:
    with clinic.open_writes() as uow:
        (first,) = uow.tickets.evidence(TICKET)
        uow.tickets.add_evidence(replace(first, threshold="below 5 GB"))
        uow.commit()
    page = open_as(Role.READER).get("/tickets/1").text

    assert page.count("A week ago: 14 %.") == 1
    assert "below 10 %" in page
    assert "below 5 GB" in page
