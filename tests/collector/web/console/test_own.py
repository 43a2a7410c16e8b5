import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.ticket import Visibility
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services import desk
from sickbay_collector.services.access import Role
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.own_sign_in import make_device_link
from tests.collector.clinic import NOW, SICK, TICKET, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

ADA = PersonId("p-ada")


@pytest.fixture
def link(clinic: Clinic) -> str:
    """Give ada the sick device and a ticket, and make a link for her."""
    owner = Claim(field=AssetField.OWNER, source=Source.IMPORTED, value=ADA, at=NOW, by="root")
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=ADA, name="Ada", email="ada@example.org"))
        uow.assets.save_all([AssetWrite(device_id=SICK, version=0, put=(owner,))])
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        assert uow.tickets.save(replace(ticket, requester=ADA), expected_version=ticket.version)
        uow.commit()
    return make_device_link(clinic.open_writes, SICK, by=By(at=NOW, user="bo")).path


@pytest.fixture
def ada(visitor: TestClient, link: str) -> TestClient:
    """Sign ada in by her link."""
    assert visitor.get(link).status_code == 200
    answer = visitor.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/own")
    return visitor


def test_a_link_works_once(ada: TestClient, link: str) -> None:
    answer = ada.post(link)

    assert answer.status_code == 410
    assert "Ask for another" in answer.text


def test_another_site_uses_no_link(visitor: TestClient, link: str) -> None:
    answer = visitor.post(link, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert visitor.post(link).status_code == 303


def test_a_requester_sees_what_is_own(ada: TestClient) -> None:
    page = ada.get("/own").text

    assert "system volume almost full" in page
    assert "ws-sick" in page
    assert "ws-well" not in page
    assert ada.get("/").headers["location"] == "/own"
    for path in ("/devices", "/tickets", "/tickets/1", f"/devices/{SICK}", "/audit"):
        assert ada.get(path).status_code == 403, path
    assert ada.get("/api/v1/own/devices").json()["items"][0]["hostname"] == "ws-sick"
    assert ada.get("/api/v1/devices").status_code == 403


def test_what_is_internal_stays_in_the_desk(clinic: Clinic, ada: TestClient) -> None:
    for text, visibility in (("a secret", Visibility.INTERNAL), ("hello Ada", Visibility.PUBLIC)):
        desk.note(clinic.open_writes, TICKET, user="bo", text=text, now=NOW, visibility=visibility)
    for answer in (ada.get("/own/tickets/1"), ada.get("/api/v1/own/tickets/1")):
        assert "hello Ada" in answer.text
        assert "a secret" not in answer.text


def test_a_comment_is_public_and_ones_own(ada: TestClient) -> None:
    page = ada.get("/own/tickets/1").text
    form = {"csrf": csrf_on(page), "text": "It is <b>still</b> full"}

    assert ada.post("/own/tickets/1/comment", data=form).headers["location"] == "/own/tickets/1"
    shown = ada.get("/own/tickets/1").text
    assert "<b>still</b>" not in shown
    assert "<b>You</b>" in shown
    assert ada.post("/own/tickets/1/comment", data={"text": "x"}).status_code == 403


def test_a_request_that_is_sent_twice_opens_one_ticket(clinic: Clinic, ada: TestClient) -> None:
    page = ada.get("/own/new").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    form = {"csrf": csrf_on(page), "key": key[1], "title": "A screen", "device": SICK}

    places = {ada.post("/own/new", data=form).headers["location"] for _ in range(2)}

    assert len(places) == 1
    assert "A screen" in ada.get(places.pop()).text
    with clinic.open_reads() as uow:
        made = uow.tickets.by_number(2)
    assert made is not None
    assert (made.requester, made.device_id, made.source) == (ADA, SICK, "portal")


def test_a_request_names_no_foreign_device(ada: TestClient) -> None:
    form = {"csrf": csrf_on(ada.get("/own/new").text), "key": "k", "title": "x"}

    assert ada.post("/own/new", data={**form, "device": "ws-well"}).status_code == 422


def test_the_answer_is_the_same_whether_the_desk_knows_an_address(
    visitor: TestClient, link: str
) -> None:
    del link
    pages = {
        visitor.post("/sign-in/link", data={"email": email}).text
        for email in ("ada@example.org", "nobody@example.org", "\N{SNOWMAN}", " ")
    }

    assert len(pages) == 1
    assert "If the desk knows this address" in pages.pop()


def test_who_works_at_the_desk_has_no_own_pages(open_as: Open) -> None:
    assert open_as(Role.TECHNICIAN).get("/own").status_code == 403
