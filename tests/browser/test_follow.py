"""Lists, boards and tickets follow what others do, and never under somebody's hands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services import desk
from sickbay_collector.services.access import Role
from tests.browser.conftest import Ward
from tests.collector.clinic import NOW, TICKET, WELL, a_ticket
from tests.kit.browser import Watch, watched

_OTHERS = tuple(TicketId(f"0195a000-0000-7000-8000-00000003{place:04d}") for place in range(3))


def test_the_list_follows_while_nobody_works_in_it(ward: Ward) -> None:
    """A ticket that comes is there, and what is pointed at stays where it is."""
    page, watch = _opened(ward, "/tickets")
    _add(ward, _OTHERS[0])

    expect(page.locator("#rows tbody tr")).to_have_count(2)
    expect(page.locator("#queues a").first).to_contain_text("2")
    page.locator("#rows tbody tr").first.hover()
    _add(ward, _OTHERS[1])
    news = page.locator("[data-news]")
    expect(news).to_contain_text("1 ticket changed")
    expect(page.locator("#rows tbody tr")).to_have_count(2)

    page.mouse.move(0, 0)
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    expect(news.get_by_role("button")).to_be_hidden()
    assert watch.taken() == []


def test_chosen_rows_stay_where_they_are_until_the_news_are_asked_for(ward: Ward) -> None:
    """They stay chosen, and what is done is done to what is shown."""
    page, watch = _opened(ward, "/tickets")
    page.get_by_label("Choose #1").check()
    page.mouse.move(0, 0)
    _add(ward, *_OTHERS)
    news = page.locator("[data-news]")
    expect(news).to_contain_text("3 tickets changed")
    _assign(ward, "technician")
    expect(news).to_contain_text("4 tickets changed")
    assert page.locator("#rows tbody tr").count() == 1

    news.get_by_role("button", name="Show").click()

    expect(page.locator("#rows tbody tr")).to_have_count(4)
    expect(page.get_by_label("Choose #1")).to_be_checked()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("main")).to_contain_text("acknowledged by you")
    assert watch.taken() == []
    with ward.clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    assert ticket.acknowledged_by == "technician"


@pytest.mark.parametrize(
    "occupy",
    [
        pytest.param(lambda page: page.get_by_text("Filter by more").click(), id="a form is open"),
        pytest.param(lambda page: page.keyboard.press("?"), id="a dialog is open"),
    ],
)
def test_the_list_waits_for_what_is_open(ward: Ward, occupy: Callable[[Page], None]) -> None:
    page, _ = _opened(ward, "/tickets")
    occupy(page)
    page.mouse.move(0, 0)
    _add(ward, _OTHERS[0])

    expect(page.locator("[data-news]")).to_contain_text("1 ticket changed")
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_the_board_follows_and_can_be_worked_afterwards(ward: Ward) -> None:
    """By keys and by hand, on columns that came later than the page; not while one moves a slip."""
    page, watch = _opened(ward, "/tickets?view=board")
    page.mouse.move(0, 0)
    page.locator("body").press("ArrowDown")
    _assign(ward, "technician")
    expect(page.get_by_role("region", name="assigned")).to_contain_text("system volume")
    expect(page.locator("[data-slip]")).to_be_focused()

    page.keyboard.press("m")
    _add(ward, _OTHERS[0])
    expect(page.locator("[data-news]")).to_contain_text("1 ticket changed")
    assert page.locator(".slip").count() == 1
    page.get_by_role("button", name="Leave it").click()
    expect(page.locator(".slip")).to_have_count(2)
    page.locator(".slip", has_text="#1").get_by_role("link", name="Move").click()
    page.get_by_label("To", exact=True).select_option("resolved")
    page.get_by_label("Why, or what was done").fill("Freed space.")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("region", name="resolved")).to_contain_text("system volume")
    assert watch.taken() == []


def test_what_others_write_is_said_to_who_writes(ward: Ward) -> None:
    """Nothing typed is lost, shown or not; what one does oneself is no news."""
    page, watch = _opened(ward, "/tickets/1")
    note = page.get_by_label("Note")
    note.fill("I am about to")
    _note(ward, "administrator", "She called again.")
    news = page.locator("[data-news]")
    expect(news).to_contain_text("1 new entry by administrator")
    expect(page.locator(".timeline")).not_to_contain_text("She called again.")

    news.get_by_role("button", name="Show").click()
    expect(page.locator(".timeline")).to_contain_text("She called again.")
    expect(note).to_be_focused()
    page.keyboard.type(" call her.")
    _note(ward, "technician", "From my other window.")
    _note(ward, "administrator", "Third time.")
    expect(news).to_contain_text("1 new entry by administrator")
    page.get_by_role("button", name="Add note").click()

    expect(page.locator(".timeline")).to_contain_text("I am about to call her.")
    expect(page.locator(".timeline")).to_contain_text("Third time.")
    assert watch.taken() == []


def test_a_ticket_follows_while_nobody_writes(ward: Ward) -> None:
    """Its state, what can be done, and what happened; forms go on working."""
    page, watch = _opened(ward, "/tickets/1")
    _assign(ward, "technician")
    expect(page.locator(".meta")).to_contain_text("Assignee technician")
    expect(page.locator(".timeline")).to_contain_text("assign")

    page.locator("body").press("r")
    page.keyboard.type("Freed space.")
    page.get_by_role("button", name="Resolve", exact=True).click()

    expect(page.locator(".meta")).to_contain_text("resolved")
    assert watch.taken() == []
    with ward.clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    assert ticket.status == TicketStatus.RESOLVED


def _opened(ward: Ward, path: str) -> tuple[Page, Watch]:
    """Open a page as a technician, and wait until it hears of changes."""
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    with page.expect_response("**/events?*"):
        page.goto(path)
    ward.clinic.live.look(NOW)
    return page, watch


def _add(ward: Ward, *tickets: TicketId) -> None:
    """Let tickets come in."""
    with ward.clinic.open_writes() as uow:
        for ticket_id in tickets:
            uow.tickets.insert_open(a_ticket(ticket_id=ticket_id, device_id=WELL, family=ticket_id))
        uow.commit()
    for ticket_id in tickets:
        _note(ward, "administrator", "It came in.", ticket_id)


def _note(ward: Ward, user: str, text: str, ticket_id: TicketId = TICKET) -> None:
    desk.note(ward.clinic.open_writes, ticket_id, user=user, text=text, now=NOW)
    ward.clinic.live.look(NOW)


def _assign(ward: Ward, assignee: str) -> None:
    with ward.clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
    assert ticket is not None
    act = desk.Act(ticket_id=TICKET, user="administrator", expected_version=ticket.version, now=NOW)
    desk.assign(ward.clinic.open_writes, act, assignee=assignee)
    ward.clinic.live.look(NOW)
