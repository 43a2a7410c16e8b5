"""A walk over every page: nothing complains, nothing is cut off, everybody can use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from sickbay_collector.core.access.role import Role
from sickbay_collector.web.site import make_site
from tests.browser.conftest import Theme, Ward
from tests.browser.deeds import DEEDS, Deed
from tests.collector.clinic import Template, serving
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import add_accounts
from tests.collector.web.console.furniture import (
    OPEN_PATHS,
    OWN_PATHS,
    Furnished,
    furnish,
    furnished_paths,
)
from tests.collector.web.console.test_pages import WALKERS, paths_for
from tests.kit.browser import AXE, Watch, overflow, resize, settle, violations, watched

WIDTHS = (1440, 768, 360)
WIDEST = 2560
PAPER = 718
"""A4 between margins of 1 cm, in CSS pixels."""
_NOT_FOUND, _REFUSED = "/nowhere", "/tickets/1"
"""Pages that are there to say no; the second to a requester."""


@pytest.fixture
def ward(chromium: Browser, template: Template, tmp_path: Path) -> Iterator[Ward]:
    """Serve a desk that is set up."""
    with open_settled(template, tmp_path) as clinic:
        add_accounts(clinic)
        with serving(make_site(clinic.context())) as url:
            yield Ward(clinic=clinic, url=url, browser=chromium)
            for context in chromium.contexts:
                context.close()


@pytest.fixture
def furnished(ward: Ward) -> Furnished:
    """Add one of each thing that has a page."""
    return furnish(ward.clinic)


def test_every_page_is_sound(ward: Ward) -> None:
    """At one width, in one theme, as one role."""
    furnish(ward.clinic)
    paths = (*paths_for(Role.TECHNICIAN), *furnished_paths(Role.TECHNICIAN))
    _Walk(ward.open_as(Role.TECHNICIAN, width=360), widths=(360,)).go(paths)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", WALKERS)
def test_every_page_is_sound_for_every_role(
    ward: Ward, furnished: Furnished, role: Role, theme: Theme
) -> None:
    """At every width, and on paper."""
    del furnished
    widths = (WIDEST, *WIDTHS) if role is Role.ADMINISTRATOR and theme == "light" else WIDTHS
    walk = _Walk(ward.open_as(role, theme=theme), widths=widths, is_printed=True)
    walk.go((*paths_for(role), *furnished_paths(role), _NOT_FOUND))


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_requesters_and_of_nobody_are_sound(
    ward: Ward, furnished: Furnished, theme: Theme
) -> None:
    """The requester signs in by a link, which looking at it does not use up."""
    context = ward.visit(theme=theme)
    walk = _Walk(context, widths=WIDTHS, is_printed=True)
    walk.go((*OPEN_PATHS, furnished.link, furnished.ack))
    assert context.request.post(furnished.link).ok
    walk.go((*OWN_PATHS, _REFUSED, _NOT_FOUND))


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_pages_that_only_a_form_leads_to_are_sound(
    ward: Ward, furnished: Furnished, deed: Deed
) -> None:
    """What would change, what was done or shown once, and what was refused."""
    walk = _Walk(ward.visit(), widths=WIDTHS, is_printed=True)
    if deed.role is not None:
        ward.sign_in(walk.context, deed.role)
    deed.do(walk.page, ward, furnished)

    walk.look(deed.name)
    walk.judge()


class _Walk:
    """Somebody who looks at pages, one after another."""

    def __init__(
        self, context: BrowserContext, *, widths: tuple[int, ...], is_printed: bool = False
    ) -> None:
        if AXE.exists():
            context.add_init_script(path=AXE)
        self.context = context
        self.page, self._watch = watched(context)
        self._widths = widths
        self._is_printed = is_printed
        self._found: dict[str, list[str]] = {}

    def go(self, paths: tuple[str, ...]) -> None:
        """Look at pages, and say what is wrong with them."""
        for path in paths:
            self.page.goto(path)
            self.look(path)
        self.judge()

    def look(self, name: str) -> None:
        """Look at the page that is open, at each width and on paper."""
        settle(self.page)
        for width in self._widths:
            resize(self.page, width)
            self._note(f"{name} at {width} px", _seen(self.page, self._watch))
        if self._is_printed:
            self.page.emulate_media(media="print")
            resize(self.page, PAPER)
            self._note(f"{name} on paper", [*self._watch.taken(), *_misprinted(self.page)])
            self.page.emulate_media(media="screen")

    def judge(self) -> None:
        """Fail if something was wrong, and forget it."""
        found, self._found = self._found, {}
        if found:
            pytest.fail("\n".join(f"{one}\n    {'; '.join(at)}" for one, at in found.items()))
        if not AXE.exists():
            pytest.skip("not judged by axe-core, which is not fetched: make setup-dev")

    def _note(self, where: str, wrong: list[str]) -> None:
        for one in wrong:
            if not _is_meant(where, one):
                self._found.setdefault(one, []).append(where)


def _seen(page: Page, watch: Watch) -> list[str]:
    return [*watch.taken(), *overflow(page), *(violations(page) if AXE.exists() else [])]


def _misprinted(page: Page) -> list[str]:
    """Return what is wrong on paper: what is cut off, what only a screen has, and dark ground."""
    shown = page.locator("nav, header.top, dialog, [data-news], .button").filter(visible=True)
    pressed = [f"printed: {one[:120]}" for one in shown.evaluate_all(_OUTERS)]
    ground = str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    is_light = ground in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
    return [*overflow(page), *pressed, *([] if is_light else [f"printed on {ground}"])]


_OUTERS = "all => all.map((one) => one.outerHTML)"


def _is_meant(where: str, one: str) -> bool:
    """Return whether it is the answer that a page is there to show."""
    status = {_NOT_FOUND: "404", _REFUSED: "403"}.get(where.split(" ", maxsplit=1)[0], "")
    refused = DEED_STATUSES.get(where.rpartition(" at ")[0], "")
    return any(said and said in one for said in (status, refused))


DEED_STATUSES = {deed.name: deed.status for deed in DEEDS}
"""What pages answer that refuse something, by the deed that leads there."""
