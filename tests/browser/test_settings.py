"""Coverage and settings of a desk that is set up, and people whose names are hostile."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sickbay_collector.core.access.role import Role
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.kind import LINE
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.web.site import make_site
from tests.browser.conftest import Ward
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NOW, Clinic, Template, serving
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import add_accounts
from tests.kit.browser import AXE, overflow, ready, settle, violations, watched

ADA = "/settings/technicians/ada"
PATHS = (
    "/coverage",
    "/coverage/who?who=nights&at=2026-11-22T03:00",
    "/coverage/rotas",
    "/coverage/rotas/nights",
    "/coverage/staff",
    "/settings",
    "/settings/technicians",
    ADA,
    "/settings/shifts/office",
    "/settings/channels/chat",
    "/settings/new/channels",
    "/settings/sites/oslo/remove?how=off",
)


@pytest.fixture
def ward(chromium: Browser, template: Template, tmp_path: Path) -> Iterator[Ward]:
    """Serve a desk that is set up."""
    with open_settled(template, tmp_path) as clinic:
        add_accounts(clinic)
        _name_people(clinic)
        with serving(make_site(clinic.context())) as url:
            yield Ward(clinic=clinic, url=url, browser=chromium)
            for context in chromium.contexts:
                context.close()


def _name_people(clinic: Clinic) -> None:
    """Put everything that a name may be on shift and in a rota."""
    names = [one for one in PAYLOADS if re.fullmatch(LINE, one)]
    people = [{"login": f"p{at}", "name": one, "tiers": ["L1"]} for at, one in enumerate(names)]
    logins = [str(one["login"]) for one in people]
    shift = {"id": "all", "technicians": logins, "zone": "UTC", "week": {"fri": ["09:00-17:00"]}}
    text = json.dumps({"technicians": people, "shifts": [shift]}, ensure_ascii=False)
    wanted = Wanted(layer=read_documents([Document(name="people", text=text)]))
    applying = Applying(wanted=wanted, revision=None, user="administrator", now=NOW)
    apply(clinic.open_writes, clinic.shelf.now.base, applying)
    clinic.shelf.follow()


def test_pages_of_a_desk_that_is_set_up_are_sound(ward: Ward) -> None:
    """On a narrow screen: nothing complains, nothing is cut off, everybody can use it."""
    context = ward.open_as(Role.ADMINISTRATOR, width=360)
    if AXE.exists():
        context.add_init_script(path=AXE)
    page, watch = watched(context)
    for path in PATHS:
        page.goto(path)
        settle(page)
        found = [*watch.taken(), *overflow(page), *(violations(page) if AXE.exists() else [])]
        assert (path, found) == (path, [])


def test_entry_is_changed_with_a_preview(ward: Ward) -> None:
    """What is refused comes back as it was typed; what was shown is what is saved."""
    page, _ = watched(ward.open_as(Role.ADMINISTRATOR))
    page.goto(ADA)
    page.get_by_label("Telephone").fill("+47 22")
    page.get_by_label("Time zone").fill("Mars")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.locator("[role=alert]")).to_contain_text("is no time zone")
    page.get_by_label("Time zone").fill("Europe/Oslo")
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("table")).to_contain_text('"+47 22"')
    ready(page)
    page.get_by_role("button", name="Save it").dblclick()
    page.wait_for_url(f"**{ADA}?saved=2")

    ada = ward.clinic.shelf.now.configuration.book.technicians["ada"]
    assert (ada.phone, ada.zone) == ("+47 22", "Europe/Oslo")
