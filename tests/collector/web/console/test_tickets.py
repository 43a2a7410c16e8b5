import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, TICKET, WELL, Clinic, a_ticket
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


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        pytest.param("acknowledge", {}, "takes care of it", id="acknowledge"),
        pytest.param(
            "snooze", {"for_s": "3600", "reason": "At lunch."}, "goes on", id="snooze for an hour"
        ),
        pytest.param(
            "resolve",
            {"text": "Freed space.", "code": "cleaned", "cause": "capacity", "mode": "remote"},
            "capacity · cleaned · remote",
            id="resolve with codes",
        ),
        pytest.param(
            "edit",
            {"title": "Full again", "about": "hardware/drive", "impact": "2", "urgency": "3"},
            "hardware / drive",
            id="edit",
        ),
        pytest.param("cancel", {"reason": "A test.", "code": "no_fault"}, "A test.", id="cancel"),
        pytest.param("major", {"text": "All down.", "is_major": "true"}, "major", id="major"),
    ],
)
def test_what_is_seldom_done_shows_on_the_page_too(
    open_as: Open, act: str, fields: dict[str, str], said: str
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post(f"/tickets/1/{act}", data={"csrf": token, "version": "1", **fields})

    assert answer.status_code == 303, answer.text
    assert said in client.get("/tickets/1").text


@pytest.mark.parametrize(
    ("act", "fields", "tab", "said"),
    [
        pytest.param("link", {"kind": "caused_by", "other": "2"}, "around", "#2", id="link"),
        pytest.param(
            "watch", {"kind": "person", "watcher": "Ada"}, "costs", "take away", id="watch"
        ),
        pytest.param("time", {"minutes": "35", "text": "Swap"}, "costs", "35 min", id="time"),
        pytest.param(
            "part",
            {"text": "Drive", "quantity": "2", "price": "61.5", "currency": "EUR"},
            "costs",
            "123.00 EUR",
            id="part",
        ),
        pytest.param(
            "case",
            {"vendor": "Example Corp", "number": "447", "promised_at": "2026-11-23T09:00"},
            "costs",
            "Example Corp",
            id="vendor's case",
        ),
    ],
)
def test_what_belongs_to_a_ticket_is_added_and_shown(
    clinic: Clinic, open_as: Open, act: str, fields: dict[str, str], tab: str, said: str
) -> None:
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post(f"/tickets/1/{act}", data={"csrf": token, **fields})

    assert answer.headers.get("location") == f"/tickets/1?tab={tab}", answer.text
    assert said in client.get(f"/tickets/1?tab={tab}").text


def test_what_was_added_can_be_taken_away(clinic: Clinic, open_as: Open) -> None:
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    for act, fields in (
        ("link", {"kind": "caused_by", "other": "2"}),
        ("unlink", {"kind": "caused_by", "other": "2"}),
        ("watch", {"kind": "person", "watcher": "p-ada"}),
        ("unwatch", {"kind": "person", "watcher": "p-ada"}),
        ("time", {"minutes": "5", "text": "Looked"}),
        ("case", {"vendor": "Example Corp"}),
    ):
        assert client.post(f"/tickets/1/{act}", data={"csrf": token, **fields}).status_code == 303
    page = client.get("/tickets/1?tab=costs").text
    for path in re.findall(r'action="(/tickets/1/(?:costs/[^/]+/drop|cases/[^/]+/close))"', page):
        assert client.post(path, data={"csrf": token}).status_code == 303

    costs, around = (
        client.get("/tickets/1?tab=costs").text,
        client.get("/tickets/1?tab=around").text,
    )
    assert "Nothing was booked" in costs
    assert "Nobody but who has it" in costs
    assert "/close" not in costs
    assert "It stands by itself" in around


def test_a_merged_ticket_leads_to_the_one_that_goes_on(clinic: Clinic, open_as: Open) -> None:
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)

    answer = client.post("/tickets/1/merge", data={"csrf": token, "version": "1", "into": "2"})

    assert answer.headers["location"] == "/tickets/2"
    assert "Goes on in" in client.get("/tickets/1").text
    assert "Goes on for" in client.get("/tickets/2?tab=around").text


def test_similar_tickets_say_what_solved_them(clinic: Clinic, open_as: Open) -> None:
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)

    assert "Threw old files away." in client.get("/tickets/1/around").text
    page = client.get("/tickets/1?tab=around").text
    assert "Threw old files away." in page
    assert "software" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("", 1, id="active"),
        pytest.param("show=unassigned&sort=due", 1, id="nobody has it, by what is due"),
        pytest.param("show=mine", 0, id="mine"),
        pytest.param("status=new&kind=incident&source=alert", 1, id="status, kind, source"),
        pytest.param("status=closed", 0, id="another status"),
        pytest.param("kind=&source=&queue=&site=&text=", 1, id="a form left empty"),
        pytest.param("queue=service-desk&category=storage", 1, id="queue and category"),
        pytest.param("category=power", 0, id="another category"),
        pytest.param("site=berlin", 0, id="another site"),
        pytest.param("assignee=none", 1, id="no assignee"),
        pytest.param("text=ALMOST", 1, id="words"),
        pytest.param("text=nothing", 0, id="other words"),
    ],
)
def test_the_list_is_filtered_by_its_address(open_as: Open, query: str, count: int) -> None:
    page = open_as(Role.READER).get(f"/tickets?{query}").text

    assert count == page.count('href="/tickets/1"')


def test_the_list_goes_on_page_by_page(clinic: Clinic, open_as: Open) -> None:
    with clinic.open_writes() as uow:
        for place in range(60):
            uow.tickets.insert_open(
                a_ticket(
                    ticket_id=f"0195a000-0000-7000-8000-{place:012d}",
                    family=f"family-{place}",
                    opened_at=NOW,
                )
            )
        uow.commit()
    client = open_as(Role.READER)

    first = client.get("/tickets?text=volume").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)

    assert following
    second = client.get(unescape(following[1])).text
    numbers = [*re.findall(r'href="/tickets/(\d+)"', first + second)]
    assert sorted(map(int, numbers)) == list(range(1, 62))


def test_several_are_assigned_at_once_and_once(clinic: Clinic, open_as: Open) -> None:
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets").text)
    form = {"csrf": token, "ticket": ["1.1", "2.1"], "act": "take", "back": "/tickets?show=mine"}

    answers = [client.post("/tickets/bulk", data=form) for _ in range(2)]

    for answer in answers:
        assert "2 of 2 are assigned to you" in answer.text
        assert 'href="/tickets?show=mine"' in answer.text
    page = client.get("/tickets?show=mine").text
    assert 'value="1.2"' in page
    assert 'value="2.2"' in page


def test_each_of_several_says_what_became_of_it(clinic: Clinic, open_as: Open) -> None:
    """What fails stops none of the others."""
    add_second(clinic)
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets").text)
    form = {"csrf": token, "ticket": ["77.1", "1.9", "2.1"], "act": "assign", "assignee": "ben"}

    page = client.post("/tickets/bulk", data=form).text

    assert "1 of 3 is assigned to ben" in page
    assert "no ticket has the number or id 77" in page
    assert "ticket 1 is at version 1, not 9" in page
    assert client.get("/tickets?assignee=ben").text.count('name="ticket"') == 1


def test_several_are_acknowledged_at_once(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets").text)
    form = {"csrf": token, "ticket": "1.1", "act": "acknowledge", "back": "//example.com"}

    page = client.post("/tickets/bulk", data=form).text

    assert "1 of 1 is acknowledged by you" in page
    assert "example.com" not in page
    with clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    assert ticket.acknowledged_by == "technician"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"act": "take"}, "choose 1 to 100 tickets", id="nothing chosen"),
        pytest.param({"act": "take", "ticket": ["1.1"] * 101}, "choose 1 to 100", id="too many"),
        pytest.param({"act": "take", "ticket": ["1.1"] * 2}, "there twice", id="twice"),
        pytest.param({"act": "take", "ticket": "1.x"}, "load the list again", id="no version"),
        pytest.param({"act": "burn", "ticket": "1.1"}, "choose what to do", id="no such act"),
    ],
)
def test_what_cannot_be_done_at_once_is_refused(
    open_as: Open, fields: dict[str, str | list[str]], said: str
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets").text)

    answer = client.post("/tickets/bulk", data={"csrf": token, **fields})

    assert answer.status_code == 422
    assert said in answer.text


def test_a_part_is_split_off(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    page = client.get("/tickets/1/split").text
    assert "Opened by disk.full.crit" in page
    form = {"csrf": csrf_on(page), "version": "1", "title": "The other volume"}

    answer = client.post("/tickets/1/split", data={**form, "worklog": "1", "evidence": "1"})

    assert answer.headers["location"] == "/tickets/2"
    made = client.get("/tickets/2").text
    assert "The other volume" in made
    assert "From ticket 1: Opened by disk.full.crit" in made
    assert "The volume / has 2 % free." in made


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"worklog": "99"}, 422, id="no such entry"),
        pytest.param({"worklog": "x"}, 422, id="no number"),
        pytest.param({"title": ""}, 422, id="no title"),
        pytest.param({"version": "7"}, 409, id="another version"),
    ],
)
def test_what_cannot_be_split_stays(open_as: Open, fields: dict[str, str], status: int) -> None:
    client = open_as(Role.TECHNICIAN)
    form = {"csrf": csrf_on(client.get("/tickets/1").text), "version": "1", "title": "A part"}

    answer = client.post("/tickets/1/split", data={**form, **fields})

    assert answer.status_code == status
    assert client.get("/tickets/2").status_code == 404


def add_second(clinic: Clinic) -> None:
    """Add a ticket like the first, on another device, and a person."""
    with clinic.open_writes() as uow:
        uow.tickets.insert_open(
            a_ticket(
                ticket_id="0195a000-0000-7000-8000-0000000000ab",
                device_id=WELL,
                title="ws-well: system volume almost full (/)",
                resolution="Threw old files away.",
                opened_at=NOW - timedelta(days=89),
            )
        )
        uow.people.add(Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.com"))
        uow.commit()


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

    assert "reopened 1 time<" in client.get("/tickets/1").text


def test_who_comes_second_is_told(clinic: Clinic, open_as: Open) -> None:
    """And what the first did stays."""
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/assign", data={"csrf": token, "version": "1", "assignee": "ben"})

    answer = client.post("/tickets/1/take", data={"csrf": token, "version": "1"})

    assert answer.status_code == 409
    assert "since you opened it" in answer.text
    assert "<b>technician</b> assigned it" in answer.text
    assert "at version" not in answer.text
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
        pytest.param("snooze", {"for_s": "604801", "reason": "x"}, 422, id="too long a snooze"),
        pytest.param("resolve", {"text": "x", "cause": "moon"}, 422, id="no such cause"),
        pytest.param("edit", {}, 422, id="nothing to change"),
        pytest.param("edit", {"site": "moon"}, 422, id="no such site"),
        pytest.param("merge", {"into": "77"}, 404, id="merge into none"),
        pytest.param("merge", {"into": "1"}, 409, id="merge into itself"),
        pytest.param("escalate", {"missing": "will", "reason": "x"}, 422, id="nothing is missing"),
        pytest.param("link", {"kind": "caused_by", "other": "1"}, 409, id="link to itself"),
        pytest.param("part", {"text": "x", "price": "1.234"}, 422, id="parts of a cent"),
        pytest.param("part", {"text": "x", "price": "-1"}, 422, id="below nothing"),
        pytest.param("time", {"text": "x", "minutes": "10081"}, 422, id="more than a week"),
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
    assert "tickets.work, which reader lacks" in answer.text


def test_two_readings_of_one_finding_say_its_sentence_once(clinic: Clinic, open_as: Open) -> None:
    with clinic.open_writes() as uow:
        (first,) = uow.tickets.evidence(TICKET)
        uow.tickets.add_evidence(replace(first, threshold="below 5 GB"))
        uow.commit()
    page = open_as(Role.READER).get("/tickets/1").text

    assert page.count("A week ago: 14 %.") == 1
    assert "below 10 %" in page
    assert "below 5 GB" in page
