"""What a technician does on the pages, by hand and by keyboard, and what goes wrong meanwhile."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from sickbay_collector.core.account import SESSION_IDLE
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.db.frames import open_hour
from sickbay_collector.services.access import Role
from tests.browser.conftest import Ward
from tests.collector.clinic import NOW, SICK, TICKET
from tests.collector.web.console.conftest import PASSWORD
from tests.kit.browser import ready, settle, watched


def test_a_ticket_is_found_taken_and_resolved(ward: Ward) -> None:
    """From the sign-in on; the keyboard leads to the device."""
    page, watch = watched(ward.visit())
    page.goto("/devices")
    page.get_by_label("Login").fill("technician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/devices$"))

    page.keyboard.press("/")
    page.keyboard.type("sick")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search.q=sick$"))
    page.locator("body").press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/devices/{SICK}")
    expect(page.get_by_role("heading", level=1)).to_have_text("ws-sick")

    page.get_by_role("link", name="#1").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".meta")).to_contain_text("technician")
    page.get_by_label("What was done").fill("Freed 40 GB.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".meta")).to_contain_text("resolved")
    expect(page.get_by_text("Freed 40 GB.").first).to_be_visible()
    assert watch.taken() == []
    assert _ticket_status(ward) == TicketStatus.RESOLVED


def test_a_double_click_sends_once(ward: Ward) -> None:
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/tickets/1")
    page.get_by_label("Note").fill("Called her.")

    page.get_by_role("button", name="Add note").dblclick()

    expect(page.locator(".timeline")).to_contain_text("Called her.")
    assert watch.taken() == []
    assert _notes(ward) == ["Called her."]


def test_a_session_that_ends_in_the_middle_of_a_note_loses_nothing(ward: Ward) -> None:
    """Neither what was typed nor what was ticked; and what was taken is not there again."""
    page, _ = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/tickets/1")
    page.get_by_label("Note").fill("A long story.")
    page.get_by_label("the requester may read it").check()
    ward.clinic.now += SESSION_IDLE + timedelta(seconds=1)

    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("status")).to_contain_text("What you typed is kept")
    ready(page)
    page.get_by_label("Login").fill("technician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your session was over")
    ready(page)
    expect(page.get_by_label("Text")).to_have_value("A long story.")
    assert _notes(ward) == []
    page.get_by_role("button", name="Send it").click()
    expect(page.locator(".timeline")).to_contain_text("A long story.")
    expect(page.locator(".timeline")).to_contain_text("public")
    expect(page.get_by_label("Note")).to_have_value("")
    assert _notes(ward) == ["A long story."]


def test_what_is_refused_stays_in_its_form(ward: Ward) -> None:
    """Somebody else was faster: the page says what they did, and keeps what was typed."""
    page, _ = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/tickets/1")
    page.get_by_label("What was done").fill("Freed space.")
    other, _ = watched(ward.open_as(Role.ADMINISTRATOR))
    other.goto("/tickets/1")
    other.get_by_role("button", name="Take it").click()
    expect(other.locator(".meta")).to_contain_text("Assignee administrator")

    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody was faster")
    expect(page.locator(".timeline")).to_contain_text("administrator works on it")
    expect(page.get_by_label("Text")).to_have_value("Freed space.")
    page.get_by_role("button", name="Do it all the same").click()

    expect(page.locator(".meta")).to_contain_text("resolved")
    assert _ticket_status(ward) == TicketStatus.RESOLVED


def test_a_contact_is_logged_and_solved_by_keys_alone(ward: Ward) -> None:
    """Nine keys beside the words themselves, and two pages."""
    with ward.clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.com"))
        uow.commit()
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/tickets")
    page.locator("body").press("n")
    page.wait_for_url("**/contacts/new")

    page.keyboard.type("ada")
    expect(page.get_by_label("Ada")).to_be_checked()
    page.keyboard.press("Enter")
    page.keyboard.type("Forgot her password")
    expect(page.get_by_label("Category")).to_have_value("access/password")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Reset it")
    page.keyboard.press("Enter")

    page.wait_for_url("**/tickets/2")
    expect(page.locator(".meta")).to_contain_text("resolved")
    expect(page.locator(".meta")).to_contain_text("Ada")
    assert watch.taken() == []


def test_the_board_is_worked_by_keys(ward: Ward) -> None:
    """An arrow goes to a ticket, m moves it; a ticket's own keys open its forms."""
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/tickets?view=board")
    page.locator("body").press("ArrowDown")
    page.keyboard.press("m")
    page.get_by_label("To", exact=True).select_option("resolved")
    page.get_by_label("Why, or what was done").fill("Freed space.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("region", name="resolved")).to_contain_text("system volume")
    assert _ticket_status(ward) == TicketStatus.RESOLVED
    page.get_by_role("link", name="system volume").click()
    page.wait_for_url("**/tickets/1")
    page.locator("body").press("r")
    page.keyboard.type("It is full again.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".meta")).to_contain_text("reopened")
    assert watch.taken() == []


def test_pages_read_and_forms_work_without_scripts(ward: Ward) -> None:
    page = ward.open_as(Role.TECHNICIAN, scripts=False).new_page()
    page.goto(f"/devices/{SICK}")
    expect(page.get_by_role("heading", level=1)).to_have_text("ws-sick")
    page.goto("/tickets/1")
    page.get_by_label("Note").fill("No script here.")

    page.get_by_role("button", name="Add note").click()

    expect(page.locator(".timeline")).to_contain_text("No script here.")


def test_a_chart_shows_gaps_and_has_its_figures_as_a_table(ward: Ward) -> None:
    """Ten minutes of samples, an hour and more without, and thirty minutes."""
    hour = int(NOW.timestamp() // 3600) - 2
    writer = open_hour(hour, b"")
    for minute in range(10):
        at = datetime.fromtimestamp(hour * 3600, UTC) + timedelta(minutes=minute)
        writer.append(at, {"cpu.busy_ratio": {"": 0.5}})
    with ward.clinic.open_writes() as uow:
        uow.history.close_hour(SICK, hour, writer.frames)
        uow.commit()
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    page.goto(f"/devices/{SICK}?tab=history")
    settle(page)

    expect(page.locator(".uplot canvas")).to_have_count(1)
    expect(page.get_by_role("img", name="gaps: 1")).to_be_visible()
    page.get_by_text("The same as a table").click()
    rows = page.locator("details table").first.locator("tbody tr")
    expect(rows).to_have_count(10 + 30)
    expect(rows.first).to_contain_text("50 %")
    assert watch.taken() == []


def _ticket_status(ward: Ward) -> TicketStatus:
    with ward.clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    return ticket.status


def _notes(ward: Ward) -> list[str]:
    with ward.clinic.open_reads() as uow:
        return [entry.text for entry in uow.tickets.worklog(TICKET) if entry.event == "note"]
