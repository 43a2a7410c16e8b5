"""A walk over every page: nothing complains, nothing is cut off, everybody can use it."""

import pytest
from playwright.sync_api import Page

from sickbay_collector.services.access import Role
from tests.browser.conftest import Theme, Ward
from tests.collector.web.console.test_pages import WALKERS, paths_for
from tests.kit.browser import AXE, Watch, overflow, resize, settle, violations, watched

WIDTHS = (1440, 1024, 360)


def test_every_page_is_sound(ward: Ward) -> None:
    """At one width, in one theme, as one role."""
    _walk(ward, Role.TECHNICIAN, "light", widths=(360,))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", WALKERS)
def test_every_page_is_sound_for_every_role(ward: Ward, role: Role, theme: Theme) -> None:
    """At every width."""
    _walk(ward, role, theme, widths=WIDTHS)


def _walk(ward: Ward, role: Role, theme: Theme, *, widths: tuple[int, ...]) -> None:
    context = ward.open_as(role, theme=theme, width=widths[0])
    if AXE.exists():
        context.add_init_script(path=AXE)
    page, watch = watched(context)
    found: dict[str, list[str]] = {}
    for path in ("/sign-in", "/nowhere", *paths_for(role)):
        page.goto(path)
        settle(page)
        for width in widths:
            resize(page, width)
            for one in _looked(page, watch):
                if not _is_meant(path, one):
                    found.setdefault(one, []).append(f"{path} at {width} px")
    if found:
        pytest.fail("\n".join(f"{one}\n    {'; '.join(at)}" for one, at in found.items()))
    if not AXE.exists():
        pytest.skip("walked, but not judged by axe-core, which is not fetched: make setup-dev")


def _looked(page: Page, watch: Watch) -> list[str]:
    return [*watch.taken(), *overflow(page), *(violations(page) if AXE.exists() else [])]


def _is_meant(path: str, one: str) -> bool:
    """Return whether it is the answer that a page is there to show."""
    return path == "/nowhere" and "404" in one
