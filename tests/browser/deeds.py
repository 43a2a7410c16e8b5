"""Ways to the pages that no link leads to: what a form answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.account import SESSION_IDLE
from sickbay_collector.core.desk.ticket import TicketStatus
from tests.browser.conftest import Ward
from tests.collector.clinic import TICKET
from tests.collector.web.console.conftest import PASSWORD
from tests.collector.web.console.furniture import Furnished

_Do = Callable[[Page, Ward, Furnished], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A way to a page."""

    name: str
    do: _Do
    role: Role | None = Role.ADMINISTRATOR
    """Who goes it; None for nobody who is signed in."""
    status: str = ""
    """What the page answers, where that is no success."""


def _draft(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/settings/technicians/ada")
    page.get_by_label("Name", exact=True).fill("Ada Berg-Lind")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("main")).to_contain_text("nothing is saved yet")


def _wrong_draft(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/settings/sites/oslo")
    page.get_by_label("Zone").first.fill("Nowhere/At all")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")


def _silence(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/silences/new?device=ws-*")
    page.get_by_label("Why").fill("It is known.")
    page.get_by_role("button", name="Show what it hides").click()
    expect(page.locator("main")).to_contain_text("Open now")


def _wrong_silence(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/silences/new")
    page.get_by_role("button", name="Show what it hides").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")


def _window(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/windows/new")
    page.get_by_label("Title").fill("Patch night")
    page.get_by_label("Begins").fill("2026-11-22T02:00")
    page.get_by_label("Zone").fill("Europe/Berlin")
    page.get_by_label("Lasts").fill("2h")
    page.get_by_label("Why").fill("Patches.")
    page.locator("#m-device").fill("ws-*")
    page.get_by_role("button", name="Show what it hides").click()
    expect(page.locator("main")).to_contain_text("When it comes")


def _trial(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/rules/disk.full.crit")
    page.get_by_label("Opens when").fill("{metric: volume.free_ratio, below: 10%}")
    page.get_by_label("Closes when").fill("{metric: volume.free_ratio, above: 20%}")
    page.locator("#f-says").fill("{instance} has {volume.free_ratio} free")
    page.get_by_role("button", name="Try it first").click()
    expect(page.locator("main")).to_contain_text("of this device")


def _wrong_rule(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/rules/disk.full.crit")
    page.locator("#f-urgency").fill("often")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")


def _bulk(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/tickets")
    page.get_by_label("Choose #1").check()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator("main")).to_contain_text("assigned to you")


def _token(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/settings/tokens")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("main [role=status]")).to_contain_text("Copy it now")


def _enrollment(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/settings/enrollment")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("main [role=status]")).to_contain_text("Copy it now")


def _account(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/settings/accounts")
    page.get_by_label("Login").fill("reader")
    page.get_by_label("Password").fill("a very long password")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("h1")).to_have_text("Somebody was faster")


def _calendar(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/coverage/rotas")
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator("main")).to_contain_text("They are shown this once")


def _stand_in(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/coverage/rotas/nights")
    page.get_by_label("Who", exact=True).select_option("eve")
    page.get_by_label("Until").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Stand in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _over(page: Page, ward: Ward, _furnished: Furnished) -> None:
    page.goto("/tickets/1")
    page.get_by_label("Note").fill("A long story.")
    ward.clinic.now += SESSION_IDLE + timedelta(seconds=1)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("status")).to_contain_text("What you typed is kept")


def _given_back(page: Page, ward: Ward, furnished: Furnished) -> None:
    _over(page, ward, furnished)
    page.get_by_label("Login").fill("administrator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your session was over")


def _too_late(page: Page, ward: Ward, _furnished: Furnished) -> None:
    page.goto("/tickets/1")
    with ward.clinic.open_writes() as uow:
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        taken = replace(ticket, status=TicketStatus.ASSIGNED, assignee="bob")
        assert uow.tickets.save(taken, expected_version=ticket.version)
        uow.commit()
    page.get_by_label("What was done").fill("Freed space.")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody was faster")


def _wrong_password(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill("nobody")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _link_asked(page: Page, _ward: Ward, _furnished: Furnished) -> None:
    page.goto("/sign-in/link")
    page.get_by_role("textbox").fill("ada@example.org")
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()


def _link_used(page: Page, _ward: Ward, furnished: Furnished) -> None:
    assert page.request.post(furnished.link).ok
    page.goto(furnished.link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _acknowledged(page: Page, _ward: Ward, furnished: Furnished) -> None:
    page.goto(furnished.ack)
    page.get_by_role("button", name="I take care of it").click()
    expect(page.get_by_role("status")).to_contain_text("You take care of it")


def _ack_over(page: Page, _ward: Ward, furnished: Furnished) -> None:
    page.goto(furnished.ack[:-3])
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _own_request(page: Page, _ward: Ward, furnished: Furnished) -> None:
    assert page.request.post(furnished.link).ok
    page.goto("/own/new")
    page.get_by_role("textbox").first.fill("My mouse is gone")
    page.get_by_role("button", name=re.compile("Send|Ask")).click()
    page.wait_for_url("**/own/tickets/*")


DEEDS = (
    Deed(name="a draft of settings", do=_draft),
    Deed(name="a draft that is wrong", do=_wrong_draft, status="422"),
    Deed(name="what a silence hides", do=_silence),
    Deed(name="a silence of nothing", do=_wrong_silence, status="422"),
    Deed(name="what a window hides", do=_window),
    Deed(name="a rule that is tried", do=_trial),
    Deed(name="a rule that is wrong", do=_wrong_rule, status="422"),
    Deed(name="done to several tickets", do=_bulk),
    Deed(name="a token, shown once", do=_token),
    Deed(name="commands that enroll, shown once", do=_enrollment),
    Deed(name="an account that is there", do=_account, status="409"),
    Deed(name="a calendar's address", do=_calendar, role=Role.TECHNICIAN),
    Deed(name="a stand-in of the past", do=_stand_in, status="422"),
    Deed(name="a session that is over", do=_over, status="401"),
    Deed(name="what was typed, given back", do=_given_back, status="401"),
    Deed(name="what came too late", do=_too_late, status="409"),
    Deed(name="a wrong password", do=_wrong_password, role=None, status="403"),
    Deed(name="a link that was asked for", do=_link_asked, role=None),
    Deed(name="a link that was used", do=_link_used, role=None, status="410"),
    Deed(name="an acknowledged ticket", do=_acknowledged, role=None),
    Deed(name="a link that nobody made", do=_ack_over, role=None, status="403"),
    Deed(name="a requester's new ticket", do=_own_request, role=None),
)
