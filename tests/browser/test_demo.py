"""Every page that links lead to, on two weeks of a company: what a reader finds by clicking."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.config import load_config
from sickbay_collector.core.access.role import Role
from sickbay_collector.passwords import Argon2Hasher
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account
from sickbay_collector.simulator.demo.build import Demo
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.storage import open_storage
from tests.kit.browser import AXE, overflow, resize, settle, violations, watched
from tests.kit.collector import RunningCollector

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
DEVICES, WEEK_MINUTES = 30, 7 * 1440
PASSWORD = "correct horse battery"
WIDTHS = (1440, 360)
# Of pages that differ only in whose they are, so many are looked at.
OF_A_SHAPE = 2
PAIR = 2
# What a browser saves, and what ends the walk.
_NO_PAGE = re.compile(r"^/(api|sign-out|events)|\.(csv|ics|jsonl|json|txt)$")
_ONES_OWN = re.compile(r"/(?=[^/]*\d)[^/]+")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """Two weeks of thirty devices, served, with an account of each role."""
    folder = tmp_path_factory.mktemp("company")
    config = load_config(None, {}, {"state_dir": folder})
    storage = open_storage(config, migrate=True, durable=False)
    now = utc_now()
    plan = Plan(devices=DEVICES, minutes=2 * WEEK_MINUTES, batch=24)
    Demo(config, storage, plan, new_id, now).make(lambda _: None)
    with storage.open_uow() as uow:
        for role in Role:
            add_account(
                uow,
                Argon2Hasher(),
                login=role.value,
                name=role.value,
                role=role,
                password=PASSWORD,
                by=By(at=now),
            )
        uow.commit()
    storage.engine.dispose()
    with RunningCollector(folder) as running:
        yield running


@pytest.mark.parametrize(
    ("role", "theme"),
    [
        (Role.ADMINISTRATOR, "light"),
        (Role.TECHNICIAN, "dark"),
        (Role.READER, "light"),
    ],
)
def test_no_link_leads_to_a_page_that_complains(
    company: RunningCollector, chromium: Browser, role: Role, theme: str
) -> None:
    """Errors, refusals, what is cut off and what axe-core finds, on whatever the links reach."""
    context = chromium.new_context(
        base_url=company.api_url, color_scheme="dark" if theme == "dark" else "light"
    )
    form: dict[str, str | float | bool] = {"login": role.value, "password": PASSWORD}
    assert context.request.post("/sign-in", form=form).ok
    if AXE.exists():
        context.add_init_script(path=AXE)
    found = _crawl(context)
    context.close()

    assert not found, "\n".join(found)


def _crawl(context: BrowserContext) -> list[str]:
    page, watch = watched(context)
    found: list[str] = []
    waiting, seen, shapes = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        path = waiting.popleft()
        if _NO_PAGE.search(urlsplit(path).path):
            answer = context.request.get(path, max_redirects=0)
            found += [] if answer.status < 400 else [f"{path}: {answer.status}"]
            continue
        try:
            page.goto(path)
            settle(page)
        except Error as error:
            found.append(f"{path}: {error.message.splitlines()[0]}")
            continue
        for width in WIDTHS:
            resize(page, width)
            found += [f"{path} at {width} px: {one}" for one in overflow(page)]
        if AXE.exists():
            found += [f"{path}: {one}" for one in violations(page)]
        found += [f"{path}: {one}" for one in watch.taken()]
        for link in _links(page):
            shape = _shape(link)
            if link not in seen and shapes[shape] < OF_A_SHAPE:
                seen.add(link)
                shapes[shape] += 1
                waiting.append(link)
    return found


def _links(page: Page) -> list[str]:
    """Return where the page's own links lead, without what follows a #."""
    found = page.eval_on_selector_all(
        "a[href]",
        """(all) => all.filter((one) => one.origin === location.origin)
            .map((one) => one.pathname + one.search)""",
    )
    return [urldefrag(str(one)).url for one in found]


def _shape(link: str) -> str:
    """Return what pages have in common that show the same of different things.

    Of the filters that a list can combine, those that are alone or in pairs have shapes of their
    own; the others are one.
    """
    split = urlsplit(link)
    keys = {
        one if one.startswith(("tab=", "view=")) else one.partition("=")[0]
        for one in split.query.split("&")
    }
    named = "&".join(sorted(keys)) if len(keys) <= PAIR else "more"
    return f"{_ONES_OWN.sub('/:', split.path)}?{named}"
