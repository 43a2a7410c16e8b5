"""Open pages follow what changes, and leave alone what somebody is doing."""

from threading import Event

from playwright.sync_api import expect

from sickbay_collector.services import desk
from sickbay_collector.services.access import Role
from sickbay_collector.web.site import make_site
from tests.browser.conftest import Ward
from tests.collector.clinic import NOW, TICKET, serving
from tests.collector.web.console.conftest import counting_until
from tests.kit.browser import watched


def test_home_follows_and_keeps_the_place(ward: Ward) -> None:
    """A ticket that somebody takes moves; focus stays where it was."""
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    with page.expect_response("**/events?*"):
        page.goto("/")
    ward.clinic.live.look(NOW)
    link = page.locator("#waiting").get_by_role("link", name="#1", exact=True)
    expect(link).to_be_visible()
    page.locator("#fleet a").first.focus()
    with ward.clinic.open_reads() as uow:
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
    act = desk.Act(ticket_id=TICKET, user="technician", expected_version=ticket.version, now=NOW)
    desk.assign(ward.clinic.open_writes, act, assignee="technician")
    ward.clinic.live.look(NOW)

    expect(page.locator("#mine").get_by_role("link", name="#1", exact=True)).to_be_visible()
    expect(link).to_be_hidden()
    expect(page.locator("#fleet a").first).to_be_focused()
    assert watch.taken() == []


def test_what_is_being_counted_comes_by_itself(ward: Ward) -> None:
    """Without scripts there is a link; nobody has to know that they must ask again."""
    over = Event()
    with serving(make_site(counting_until(ward.clinic, over))) as url:
        page, watch = watched(ward.open_as(Role.TECHNICIAN))
        ward.sign_in(page.context, Role.TECHNICIAN)
        page.goto(url)
        plain = ward.open_as(Role.TECHNICIAN, scripts=False).new_page()
        plain.goto(url)
        expect(page.locator("#fleet")).to_contain_text("are being counted")
        expect(plain.get_by_role("link", name="Look again")).to_be_visible()
        over.set()

        expect(page.locator("#fleet .tiles")).to_be_visible()
        expect(page.locator("#worst")).not_to_contain_text("Being counted")
        assert watch.taken() == []
        page.context.close()


def test_keys_have_a_dialog_and_can_be_switched_off(ward: Ward) -> None:
    page, watch = watched(ward.open_as(Role.TECHNICIAN))
    page.goto("/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("Log a contact")
    dialog.get_by_label("Letters are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.type("gd")
    expect(page).to_have_url(ward.url + "/")
    page.keyboard.press("?")
    # Between the two letters of a shortcut no time passes, however busy the machine is.
    page.clock.pause_at(ward.clinic.now)
    dialog.get_by_label("Letters are shortcuts").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.type("gd")
    page.wait_for_url("**/devices")

    assert watch.taken() == []
