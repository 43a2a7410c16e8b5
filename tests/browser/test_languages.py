"""A browser that asks for another language: scripts speak it too, under the same strict CSP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sickbay_collector.services.access import Role
from sickbay_collector.web.console.languages import Catalogs
from sickbay_collector.web.site import Site, make_site
from tests.browser.conftest import Ward
from tests.collector.clinic import Template, open_clinic, serving
from tests.collector.web.console.conftest import add_accounts
from tests.collector.web.console.test_languages import BRACKETED, bracketed


@pytest.fixture
def abroad(chromium: Browser, template: Template, tmp_path: Path) -> Iterator[Page]:
    """A technician's page in brackets."""
    with open_clinic(template, tmp_path) as clinic:
        add_accounts(clinic)
        clinic.shelf.start()
        site = make_site(clinic.context())
        site = Site(site.api, site.console, Catalogs(bracketed(tmp_path / "texts")))
        with serving(site) as url:
            ward = Ward(clinic=clinic, url=url, browser=chromium)
            context = ward.open_as(Role.TECHNICIAN)
            context.set_extra_http_headers({"Accept-Language": BRACKETED})
            yield context.new_page()
            context.close()


def test_scripts_speak_the_language_of_the_page(abroad: Page) -> None:
    said: list[str] = []
    abroad.on("console", lambda message: said.append(message.text))
    abroad.goto("/")

    assert abroad.evaluate("_('Copied')") == "⟦Copied⟧"
    assert abroad.evaluate("_('%(count)s found', { count: 3 })") == "⟦3 found⟧"
    abroad.get_by_role("combobox").fill("nothing like this")
    expect(abroad.locator("#found-said")).to_have_text("⟦Nothing has this name⟧")
    assert said == []
