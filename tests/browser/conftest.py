"""The clinic as a site that Chromium opens."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext

from sickbay_collector.services.access import Role
from sickbay_collector.web.site import make_site
from tests.collector.clinic import Clinic, Template, make_template, open_clinic, serving
from tests.collector.web.console.conftest import PASSWORD, add_accounts
from tests.kit.browser import CHROMIUM, open_chromium

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """The clinic, served, and browsers that open it."""

    clinic: Clinic
    url: str
    browser: Browser

    def visit(
        self, *, theme: Theme = "light", width: int = 1440, scripts: bool = True
    ) -> BrowserContext:
        """Open a browser's window in which nobody is signed in, at the clinic's time."""
        context = self.browser.new_context(
            base_url=self.url,
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        if scripts:
            context.clock.set_fixed_time(self.clinic.now)
        return context

    def open_as(
        self, role: Role, *, theme: Theme = "light", width: int = 1440, scripts: bool = True
    ) -> BrowserContext:
        """Open a browser's window in which somebody is signed in."""
        context = self.visit(theme=theme, width=width, scripts=scripts)
        self.sign_in(context, role)
        return context

    def sign_in(self, context: BrowserContext, role: Role) -> None:
        """Sign somebody in."""
        form: dict[str, str | float | bool] = {"login": role.value, "password": PASSWORD}
        assert context.request.post("/sign-in", form=form).ok


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: its event loop would stand in the way of other modules' async tests."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not installed ({CHROMIUM}): make debian")
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Make the database once."""
    return make_template(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def ward(chromium: Browser, template: Template, tmp_path: Path) -> Iterator[Ward]:
    """Serve a copy of the fleet."""
    with open_clinic(template, tmp_path) as clinic:
        add_accounts(clinic)
        clinic.shelf.start()
        with serving(make_site(clinic.context())) as url:
            made = Ward(clinic=clinic, url=url, browser=chromium)
            yield made
            for context in chromium.contexts:
                context.close()
