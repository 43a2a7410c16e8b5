"""The page behind the link of a message, which needs no session."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.ack_token import TOKEN_LIMIT, AckToken, signed
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.web.site import make_site
from tests.collector.clinic import NOW, TICKET, Clinic, Template, open_clinic
from tests.collector.roster_builders import a_technician
from tests.collector.web.console.conftest import add_accounts

BOOK = DeskBook(technicians={one: a_technician(one) for one in ("ann", "ben", "technician")})
SECOND = timedelta(seconds=1)


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    with open_clinic(template, tmp_path, book=lambda: BOOK) as opened:
        yield opened


@pytest.fixture
def visitor(clinic: Clinic) -> Iterator[TestClient]:
    with TestClient(
        make_site(clinic.context()), raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


def path_for(
    clinic: Clinic,
    login: str = "ann",
    *,
    ticket: TicketId = TICKET,
    expires_at: datetime = NOW + SECOND,
) -> str:
    with clinic.open_writes() as uow:
        key = uow.ack_links.make_key()
        uow.commit()
    token = AckToken(ticket_id=ticket, login=login, expires_at=expires_at)
    return f"/ack/{signed(token, key)}"


def acknowledged(clinic: Clinic) -> tuple[str, list[str]]:
    """Who has the ticket, and what its worklog says of it."""
    with clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
        log = [one.text for one in uow.tickets.worklog(TICKET) if one.event == "acknowledged"]
    assert ticket is not None
    return ticket.acknowledged_by, log


def test_to_look_changes_nothing_and_tells_number_and_title_only(
    clinic: Clinic, visitor: TestClient
) -> None:
    """Mail scanners follow links."""
    page = visitor.get(path_for(clinic))

    assert page.status_code == 200
    assert "Ticket 1" in page.text
    assert "system volume almost full" in page.text
    assert "has 2 % free" not in page.text
    assert page.text.count("<button") == 1
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert acknowledged(clinic) == ("", [])


def test_the_button_acknowledges_as_who_got_the_link_and_only_once(
    clinic: Clinic, visitor: TestClient
) -> None:
    path = path_for(clinic)

    first = visitor.post(path, headers={"Sec-Fetch-Site": "same-origin"})
    again = visitor.post(path)

    assert (first.status_code, again.status_code) == (200, 200)
    assert "You take care of it." in first.text
    assert "<form" not in again.text
    assert acknowledged(clinic) == ("ann", ["ann takes care of it"])


def test_who_comes_second_sees_who_was_first(clinic: Clinic, visitor: TestClient) -> None:
    visitor.post(path_for(clinic))
    page = visitor.get(path_for(clinic, "ben"))
    done = visitor.post(path_for(clinic, "ben"))

    assert "ann takes care of it already." in page.text
    assert done.status_code == 200
    assert acknowledged(clinic) == ("ann", ["ann takes care of it"])


def test_no_other_site_may_press_the_button(clinic: Clinic, visitor: TestClient) -> None:
    answer = visitor.post(path_for(clinic), headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert acknowledged(clinic) == ("", [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_no_good_says_why(clinic: Clinic, visitor: TestClient, method: str) -> None:
    good = path_for(clinic)
    cases = (
        (path_for(clinic, expires_at=NOW), 410, "the link was good until 2026-11-20 12:30"),
        (good[:-1] + ("A" if good[-1] != "A" else "B"), 403, "open it from the message"),
        (path_for(clinic, ticket=TicketId("none")), 404, "there is no ticket"),
        (path_for(clinic, "eve"), 403, "eve is no technician any more"),
        ("/ack/" + "x" * TOKEN_LIMIT, 403, "open it from the message"),
        ("/ack/" + "x" * (TOKEN_LIMIT + 1), 422, "at most"),
    )
    for path, status, said in cases:
        answer = visitor.request(method, path)

        assert answer.status_code == status, path
        assert said in answer.text
        assert "Sickbay" in answer.text
    assert acknowledged(clinic) == ("", [])


def test_before_the_first_link_there_is_no_key_to_try(visitor: TestClient) -> None:
    assert visitor.get("/ack/a.b").status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ticket_that_is_over_needs_nobody(
    clinic: Clinic, visitor: TestClient, method: str
) -> None:
    with clinic.open_writes() as uow:
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        over = replace(ticket, status=TicketStatus.RESOLVED, version=ticket.version + 1)
        assert uow.tickets.save(over, expected_version=ticket.version)
        uow.commit()

    answer = visitor.request(method, path_for(clinic))

    assert answer.status_code == 409
    assert "a ticket that is resolved cannot be acknowledged" in answer.text


def test_a_disabled_account_closes_its_links(clinic: Clinic, visitor: TestClient) -> None:
    add_accounts(clinic)
    path = path_for(clinic, "technician")
    assert visitor.get(path).status_code == 200
    with clinic.open_writes() as uow:
        account = uow.accounts.get("technician")
        assert account is not None
        uow.accounts.put(replace(account, disabled_at=NOW))
        uow.commit()

    assert visitor.get(path).status_code == 403
