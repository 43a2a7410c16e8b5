import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.services.device_sheet import DeviceColumn
from sickbay_collector.web.console.assets import VENDOR, Assets
from sickbay_collector.web.console.devices import TABS
from sickbay_collector.web.console.pages import CSP
from sickbay_collector.web.console.ticket_page import TABS as TICKET_TABS
from tests.collector.clinic import ALERT, NEW, SICK, WELL, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

PATHS = (
    "/",
    "/?movers=week",
    "/devices",
    "/devices?text=ws&presence=online&order=hostname&max_score=60",
    "/devices?"
    + "&".join(f"column={one}" for one in DeviceColumn)
    + "&order=enrolled&descending=true&text=ws",
    "/devices?certificate=expiring&column=certificate",
    "/devices?tag=lab&site=berlin&device_class=&system=&max_score=&has_alerts=true&owner=",
    "/tickets",
    "/tickets?show=all&priority=high&tier=L1",
    "/tickets?show=mine&status=new&kind=incident&source=alert&category=storage&text=ws&sort=due",
    "/tickets?show=unassigned",
    "/tickets?view=board",
    "/tickets?view=board&show=mine&tier=L1",
    "/alerts",
    *(f"/alerts?status={one}" for one in ("clearing", "closed", "suppressed", "all")),
    "/alerts?quiet=no&urgency=1&rule=disk.full.crit&device=ws-sick&since=7d",
    "/alerts?device=nobody",
    f"/alerts/{ALERT}",
    "/silences",
    "/silences?show=past",
    "/silences/new?device=ws-sick&rule=disk.full.crit",
    "/windows",
    "/windows?show=coming",
    "/windows?show=past",
    "/windows/new",
    "/rules",
    "/rules?show=off&sort=noise",
    "/rules/disk.full.crit",
    "/rules/disk.full.crit/versions",
    "/rules/disk.full.crit/versions?before=v1",
    "/rules/new-rule",
    "/problems",
    "/problems?closed=true",
    "/coverage",
    "/coverage?weeks=8&tier=L1&zone=Europe/Oslo",
    "/coverage/who",
    "/coverage/rotas",
    "/coverage/staff",
    "/audit",
    "/audit?actor=administrator.doe&action=made&object_kind=api+token&since=2026-11-01T00:00&until=",
    "/audit?actor=nobody",
    "/audit/chain",
    "/settings",
    "/settings/technicians",
    "/settings/sites?text=x&source=applied",
    "/kpis",
    "/kpis?days=90&by=category",
    "/messages",
    "/messages?state=dead",
    "/settings/accounts",
    "/settings/accounts/reader",
    "/settings/accounts/administrator",
    "/settings/tokens",
    "/settings/enrollment",
    f"/settings/enrollment/pairs/{SICK}/{WELL}",
    "/search",
    "/search?q=ws",
    "/contacts/new",
    "/contacts/new?who=ws",
    "/tickets/1",
    "/tickets/1/split",
    *(f"/tickets/1?tab={tab}" for tab, _ in TICKET_TABS),
    *(f"/devices/{device}?tab={tab}" for device in (SICK, WELL, NEW) for tab, _ in TABS),
)

# Who opens pages that not everybody may; the others are for whoever works at the desk.
_NEEDS = {
    "/contacts": Right.CONTACTS_LOG,
    "/audit": Right.AUDIT_READ,
    "/settings/accounts": Right.ACCOUNTS_WRITE,
    "/settings/tokens": Right.TOKENS_WRITE,
    "/settings/enrollment": Right.TOKENS_WRITE,
    "/tickets/1/split": Right.TICKETS_ASSIGN,
    "/rules/new-rule": Right.RULES_WRITE,
    "/silences/new": Right.QUIET_WRITE,
    "/windows/new": Right.QUIET_WRITE,
}
WALKERS = (Role.ADMINISTRATOR, Role.TECHNICIAN, Role.READER)


def paths_for(role: Role) -> list[str]:
    """Return the pages that a role may open."""
    closed = tuple(path for path, right in _NEEDS.items() if right not in RIGHTS[role])
    return [path for path in PATHS if not path.startswith(closed)]


class Checked(HTMLParser):
    """Finds what a page may not have: inline script or style, and names that say what they show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.titles = 0
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.found.append(f"{tag} {names}")
        if tag == "script" and not names.get("src"):
            self.found.append("inline script")
        if tag in {"img", "svg"} and "alt" not in names and "aria-label" not in names:
            self.found.append(f"{tag} without a name")
        self.titles += tag == "title" and "class" not in names
        self.headings += tag == "h1"


@pytest.mark.parametrize("role", WALKERS)
def test_every_page_shows_itself_to_who_may_see_it(open_as: Open, role: Role) -> None:
    client = open_as(role)
    for path in paths_for(role):
        answer = client.get(path)

        assert answer.status_code == 200, path + answer.text
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["cache-control"] == "no-store"
        checked = Checked()
        checked.feed(answer.text)
        assert (path, checked.found, checked.headings) == (path, [], 1)


def test_strangers_are_sent_to_sign_in_and_back(visitor: TestClient) -> None:
    for path in PATHS:
        answer = visitor.get(path)

        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=%2F")


def test_readers_see_no_forms(open_as: Open) -> None:
    """But the one to sign out, and those that find."""
    page = open_as(Role.READER).get("/tickets/1").text

    assert re.findall(r'method="post" action="([^"]+)"', page) == ["/sign-out"]


def test_lists_name_what_they_hold(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)

    assert "ws-sick" in client.get("/devices").text
    assert "ws-sick" not in client.get("/devices?text=well").text
    assert "No device is like this" in client.get("/devices?text=nothing").text
    assert "system volume almost full" in client.get("/tickets").text
    assert "No ticket is like this" in client.get("/tickets?show=mine").text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("/devices/nobody", 404, "nobody", id="no such device"),
        pytest.param("/devices/ws-", 409, "ws-", id="several devices"),
        pytest.param("/tickets/77", 404, "77", id="no such ticket"),
        pytest.param(f"/devices/{SICK}?tab=moon", 404, "There is nothing here", id="no such tab"),
        pytest.param("/nowhere", 404, "There is nothing here", id="no such page"),
        pytest.param("/devices?cursor=%21", 422, "This cannot be", id="a cursor from elsewhere"),
        pytest.param("/tickets?show=moon", 422, "This cannot be", id="no such list"),
    ],
)
def test_what_is_not_there_has_a_page(open_as: Open, path: str, status: int, said: str) -> None:
    answer = open_as(Role.READER).get(path)

    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_files_are_kept_by_browsers_and_named_by_their_content(visitor: TestClient) -> None:
    for path in Assets().paths.values():
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert visitor.get("/assets/console.0.css").status_code == 404
    assert visitor.get("/assets/../pages.py").status_code == 404


def test_a_page_weighs_little(visitor: TestClient) -> None:
    """All files together, as they are sent: the limit of a whole page is 150 KB."""
    assets = Assets()
    packed = sum(
        int(visitor.get(path, headers={"Accept-Encoding": "gzip"}).headers["content-length"])
        for path in assets.paths.values()
    )

    assert packed < 100_000
    assert set(VENDOR) - set(assets.paths) in (set(), set(VENDOR))


def test_text_from_devices_and_people_is_shown_as_text(clinic: Clinic, open_as: Open) -> None:
    hostile = '<img src=x onerror="alert(1)">{{ 7*7 }}\'"`'
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get("/tickets/1").text)
    client.post("/tickets/1/note", data={"csrf": token, "text": hostile})

    page = client.get("/tickets/1").text

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=" in page
    assert "{{ 7*7 }}" in page
    with clinic.open_reads() as uow:
        ticket = uow.tickets.by_number(1)
        assert ticket is not None
        assert uow.tickets.worklog(ticket.ticket_id)[-1].text == hostile
