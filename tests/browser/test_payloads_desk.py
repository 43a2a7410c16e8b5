"""Hostile text in what people write down: records, problems, quiet times, accounts, settings."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from sickbay_collector.core.access.role import Role
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.own_sign_in import make_device_link
from sickbay_collector.web.console.settings_kinds import PAGES
from sickbay_collector.web.site import make_site
from tests.browser.conftest import Ward
from tests.browser.hostile import MESSAGES, SAMPLE, SHIFTS, hostile_entries, write_down
from tests.browser.payloads import PAYLOADS
from tests.browser.test_payloads import wrong_here, wrong_on
from tests.collector.clinic import NOW, SICK, Template, serving
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import add_accounts
from tests.kit.browser import next_page, watched

_COLUMNS = "column=owner&column=site&column=department&column=location&column=tags&order=owner"


@pytest.fixture
def ward(chromium: Browser, template: Template, tmp_path: Path) -> Iterator[Ward]:
    """Serve a desk that is set up, with everything that people write down."""
    with open_settled(template, tmp_path) as clinic:
        add_accounts(clinic)
        with clinic.open_writes() as uow:
            write_down(uow)
            uow.commit()
        with serving(make_site(clinic.context())) as url:
            yield Ward(clinic=clinic, url=url, browser=chromium)
            for context in chromium.contexts:
                context.close()


def test_what_people_write_down_is_shown_as_text(ward: Ward) -> None:
    """In lists that have all of it, and on pages of things that have a part of it each."""
    page, watch = watched(ward.open_as(Role.ADMINISTRATOR, width=360))
    paths = (
        "/",
        f"/devices?{_COLUMNS}",
        f"/devices/{SICK}?tab=asset",
        "/tickets/1",
        "/tickets/1?tab=routing",
        "/tickets/1?tab=costs",
        "/problems",
        "/silences",
        "/windows",
        "/messages",
        "/audit",
        "/settings/accounts",
        "/settings/tokens",
        "/settings/enrollment",
        "/contacts/new?who=alert",
        f"/search?q={quote('alert(1)')}",
        f"/search?q={quote(PAYLOADS[4])}",
        f"/contacts/new?who={quote(PAYLOADS[4])}",
        *(f"/problems/{number}" for number in SAMPLE),
        *(f"/silences/{number}" for number in SAMPLE),
        *(f"/windows/{number}" for number in SAMPLE),
        *(f"/messages/{quote(one.key, safe='')}" for one in MESSAGES),
    )

    assert wrong_on(page, watch, paths) == {}


def test_a_requesters_pages_show_text(ward: Ward) -> None:
    """What was asked for, and what was said about it in public."""
    link = make_device_link(ward.clinic.open_writes, SICK, by=By(at=NOW, user="technician"))
    context = ward.visit(width=360)
    assert context.request.post(link.path).ok
    page, watch = watched(context)
    paths = ("/own", "/own/new", *(f"/own/tickets/{2 + one}" for one in range(len(SHIFTS))))

    assert wrong_on(page, watch, paths) == {}


def test_what_is_typed_comes_back_as_text(ward: Ward) -> None:
    """In forms that are refused, in what a silence hides, and as names of views and tags."""
    page, watch = watched(ward.open_as(Role.ADMINISTRATOR, width=360))
    found: dict[str, list[str]] = {}
    for place, payload in enumerate(PAYLOADS[::6]):
        page.goto("/silences/new")
        page.get_by_label("Why").fill(payload)
        page.locator("#m-device").fill(payload)
        with next_page(page):
            page.get_by_role("button", name="Show what it hides").click()
        found[f"a silence of {payload!r}"] = wrong_here(page, watch)
        page.goto(f"/devices?{_COLUMNS}")
        page.get_by_text("Save this view").click()
        page.get_by_label("Name", exact=True).last.fill(f"{place} {payload}"[:60])
        with next_page(page):
            page.locator("form[action='/devices/views'] button").click()
        found[f"a view called {payload!r}"] = wrong_here(page, watch)

    wrong = {at: [one for one in said if "422" not in one] for at, said in found.items()}
    assert {at: said for at, said in wrong.items() if said} == {}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_entries_of_every_kind_are_shown_as_text(ward: Ward) -> None:
    """In each key that takes such a text: in lists, forms, as text, and in what would change."""
    changed = hostile_entries(ward.clinic)
    page, watch = watched(ward.open_as(Role.ADMINISTRATOR, width=360))
    paths = [f"/settings/{kind}" for kind in PAGES]
    for kind, name in sorted(changed):
        own = f"/rules/{name}" if kind == "rules" else f"/settings/{kind}/{name}"
        paths += [own] if kind == "rules" else [own, f"{own}?as=text", f"{own}/remove"]

    assert len({kind for kind, _ in changed}) > len(PAGES) // 2
    assert wrong_on(page, watch, (*paths, "/coverage", "/coverage/rotas", "/tickets/1")) == {}
