"""Takes the README's pictures of the console, `deploy/images/*.png`.

`make picture` makes a smaller demo, whose devices are never off, starts a real collector on it and
opens its pages in Chromium. Other devices are sick each time: look at the pictures.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.config import load_config
from sickbay_collector.core.access.role import Role
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account
from sickbay_collector.simulator.demo.build import Demo
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.storage import open_storage
from tests.kit.browser import open_chromium, settle
from tests.kit.collector import RunningCollector

TARGET = Path("deploy/images")
LIMIT_BYTES = 200_000
"""A picture weighs less."""
_LOGIN, _PASSWORD = "eva", "correct horse battery"
# On a Sunday a fleet that keeps office hours sleeps.
_PLAN = Plan(devices=40, minutes=2 * 7 * 1440, batch=24, hours=Hours.ALWAYS)


def main() -> None:
    """Take the pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make(folder)
        with RunningCollector(folder) as collector, open_chromium() as browser:
            context = _sign_in(collector, browser)
            _take(context, "home", "/")
            _take(context, "devices", "/devices")
            worst = _first(context, "/devices", "a[href^='/devices/']")
            _take(context, "device", worst)
            theirs = _first(context, f"{worst}?tab=tickets", "a[href^='/tickets/']")
            _take(context, "ticket", theirs)


def _make(folder: Path) -> None:
    config = load_config(None, {}, {"state_dir": folder})
    storage = open_storage(config, migrate=True, durable=False)
    made = Demo(config, storage, _PLAN, new_id, utc_now()).make(lambda _: None)
    with storage.open_uow() as uow:
        add_account(
            uow,
            Argon2Hasher(),
            login=_LOGIN,
            name="Eva Engel",
            role=Role.TECHNICIAN,
            password=_PASSWORD,
            by=By(at=utc_now()),
        )
        uow.commit()
    storage.engine.dispose()
    sys.stdout.write(f"{made.devices} devices, {made.tickets} tickets\n")


def _sign_in(collector: RunningCollector, browser: Browser) -> BrowserContext:
    context = browser.new_context(
        base_url=collector.api_url, viewport={"width": 1280, "height": 800}
    )
    form: dict[str, str | float | bool] = {"login": _LOGIN, "password": _PASSWORD}
    if not context.request.post("/sign-in", form=form).ok:
        sys.exit("the pictures' technician could not sign in")
    return context


def _first(context: BrowserContext, path: str, link: str) -> str:
    """Return where the first such link of a page's tables leads."""
    page = _open(context, path)
    found = page.locator(f"main table {link}").first.get_attribute("href")
    page.close()
    if not found:
        sys.exit(f"{path} has no link {link}")
    return found


def _take(context: BrowserContext, name: str, path: str) -> None:
    page = _open(context, path)
    target = TARGET / f"{name}.png"
    taken = page.screenshot(path=target)
    if len(taken) >= LIMIT_BYTES:
        sys.exit(f"{target} weighs {len(taken)} bytes; fewer than {LIMIT_BYTES} are allowed")
    page.close()
    sys.stdout.write(f"{target} taken, {len(taken) // 1000} KB\n")


def _open(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.goto(path)
    settle(page)
    return page


if __name__ == "__main__":
    main()
