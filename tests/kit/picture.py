"""Takes the README's pictures of the console, `deploy/images/*.png`.

`make picture` simulates a day of a small fleet, lets a real collector take the reports of the
fixture laptop, whose disk fills, and opens the pages in Chromium.
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from sickbay_collector.bootstrap import utc_now
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.access import Role
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account
from tests.kit.browser import open_chromium, settle
from tests.kit.collector import RunningCollector
from tests.kit.device import FakeDevice
from tests.kit.laptop import deliver, laptop_sampler

TARGET = Path("deploy/images")
LIMIT_BYTES = 150_000
"""A picture weighs less."""
_LOGIN, _PASSWORD = "ada", "correct horse battery"
_DEVICES, _MINUTES = 30, 1440
# Minutes of samples that fill the volume, more than the rule's 15.
_FILLING = 180
_GIB = 1 << 30


def main() -> None:
    """Take the pictures."""
    with tempfile.TemporaryDirectory() as name:
        state = Path(name) / "state"
        _sickbay("migrate", "--dir", state)
        _sickbay(
            *("simulate", "--in-process", "--dir", state, "--hours", "always"),
            *("--devices", _DEVICES, "--minutes", _MINUTES),
        )
        with RunningCollector(state) as collector, open_chromium() as browser:
            laptop = collector.device()
            _fill(laptop, Path(name))
            context = _sign_in(collector, browser)
            _take(context, "device", f"/devices/{laptop.device_id}")
            _take(context, "home", "/")
            _take(context, "devices", "/devices")
            _take(context, "ticket", "/tickets", press="#1")


def _sickbay(*arguments: object) -> None:
    command = [sys.executable, "-m", "sickbay_collector.cli", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _fill(device: FakeDevice, folder: Path) -> None:
    sampler = laptop_sampler(folder)
    now = datetime.now(UTC)
    for minute in range(_FILLING, -1, -1):
        taken = sampler.take(now - timedelta(minutes=minute), slow=minute in {_FILLING, 0})
        volumes = tuple(
            replace(volume, free_bytes=int(4.4 * _GIB) - (_FILLING - minute) * 5_000_000)
            if volume.is_system
            else volume
            for volume in taken.sample.volumes
        )
        session = taken.sample.session and replace(taken.sample.session, user_idle_s=12.0)
        deliver(
            device, replace(taken, sample=replace(taken.sample, volumes=volumes, session=session))
        )


def _sign_in(collector: RunningCollector, browser: Browser) -> BrowserContext:
    with collector.collector.storage.open_uow() as uow:
        add_account(
            uow,
            Argon2Hasher(),
            login=_LOGIN,
            name="Ada",
            role=Role.TECHNICIAN,
            password=_PASSWORD,
            by=By(at=utc_now()),
        )
        uow.commit()
    context = browser.new_context(
        base_url=collector.api_url, viewport={"width": 1280, "height": 800}
    )
    form: dict[str, str | float | bool] = {"login": _LOGIN, "password": _PASSWORD}
    if not context.request.post("/sign-in", form=form).ok:
        sys.exit("the pictures' technician could not sign in")
    return context


def _take(context: BrowserContext, name: str, path: str, *, press: str = "") -> None:
    page = context.new_page()
    page.goto(path)
    if press:
        page.get_by_role("link", name=press, exact=True).click()
        page.wait_for_load_state()
    settle(page)
    target = TARGET / f"{name}.png"
    taken = page.screenshot(path=target)
    if len(taken) >= LIMIT_BYTES:
        sys.exit(f"{target} weighs {len(taken)} bytes; fewer than {LIMIT_BYTES} are allowed")
    page.close()
    sys.stdout.write(f"{target} taken, {len(taken) // 1000} KB\n")


if __name__ == "__main__":
    main()
