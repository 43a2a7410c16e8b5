"""Settings in the console: looked at, changed with a preview, switched off, tried."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.book.all_kinds import ALL_KINDS, RULES
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.kind import LINE
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.web.console.settings_kinds import PAGES
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NOW, Clinic, Template
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import Open, csrf_on

ADA = "/settings/technicians/ada"


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk whose configuration can be changed."""
    with open_settled(template, tmp_path) as opened:
        yield opened


def form_of(page: str, action: str) -> dict[str, list[str]]:
    """Return what a form of a page would send as it stands."""
    found = re.search(
        rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL
    )
    assert found, page
    text = found[0]
    said: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        names = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if names.get("type") != "checkbox" or " checked" in tag:
            said.setdefault(names["name"], []).append(html.unescape(names.get("value", "")))
    for name, inner in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', inner)
        value = "" if chosen is None else chosen[1] or chosen[2]
        said.setdefault(name, []).append(html.unescape(value))
    for name, inner in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</text', text, re.DOTALL
    ):
        said.setdefault(name, []).append(html.unescape(inner))
    return said


def change(client: TestClient, path: str, said: dict[str, list[str]]) -> httpx2.Response:
    """Send a form of the page at this address, what it shows first, and save that."""
    seen = client.post(path, data=said)
    assert seen.status_code == 200, seen.text
    return client.post(path, data=form_of(seen.text, path))


def test_every_kind_has_a_page_or_one_of_its_own() -> None:
    assert set(PAGES) == set(ALL_KINDS) - {RULES.name}


def test_overview_and_lists_say_where_entries_come_from(open_as: Open) -> None:
    client = open_as(Role.READER)
    overview = client.get("/settings").text
    sites = client.get("/settings/sites").text
    narrow = client.get("/settings/technicians?text=lind&source=file").text

    assert "nothing was applied yet" in overview
    assert re.search(r"oslo.*Oslo.*Europe/Oslo.*file.*main.*shipped", sites, re.DOTALL)
    assert ("Bob Lind" in narrow, "Ada Berg" in narrow) == (True, False)
    assert "None is like this" in client.get("/settings/technicians?text=nobody").text
    for kind in PAGES:
        assert client.get(f"/settings/{kind}").status_code == 200


def test_readers_see_entries_and_no_forms(open_as: Open) -> None:
    client = open_as(Role.READER)
    page = client.get("/settings/channels/chat").text

    assert "kind: slack" in page
    assert "url: set, not shown" in page
    assert 'method="post" action="/settings' not in page
    assert "site.yaml" in client.get(ADA).text
    token = csrf_on(page)
    for path in ("/settings/new/sites", f"{ADA}/remove"):
        assert client.get(path).status_code == 403
        assert client.post(path, data={"csrf": token}).status_code == 403
    assert client.post(ADA, data={"csrf": token}).status_code == 403


def test_form_that_is_not_changed_changes_nothing(open_as: Open) -> None:
    """Every form and every text says what its entry says."""
    client = open_as(Role.ADMINISTRATOR)
    entries = (
        "technicians/ada",
        "technicians/bob",
        "sites/oslo",
        "tiers/L1",
        "calendars/business",
        "channels/chat",
        "channels/mail",
        "routing/security",
        "rotas/nights",
        "escalations/urgent",
        "policies/high",
        "templates/opened-en",
    )
    for entry in entries:
        for style in ("form", "text"):
            answer = client.get(f"/settings/{entry}?as={style}")
            if answer.status_code == 404:
                continue
            path = f"/settings/{entry}"
            seen = client.post(path, data=form_of(answer.text, path))
            assert "Nothing changes" in seen.text, (entry, style, seen.text)


def test_change_is_shown_saved_and_recorded(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    said = form_of(client.get(ADA).text, ADA)
    said |= {
        "f.phone": ["+47 22 33 44 55"],
        "f.tiers": ["L1", "L2"],
        "f.skills.linux": ["5"],
        "f.skills.network": [""],
        "f.capacity": ["12"],
        "f.absences.0.from": ["2026-12-24"],
        "f.absences.0.until": ["2026-12-31"],
        "f.absences.0.reason": ["the mountains"],
        "more": ["quiet_hours: 22:00-07:00"],
    }
    seen = client.post(ADA, data=said).text
    before = clinic.shelf.now.configuration.book.technicians["ada"]
    saved = client.post(ADA, data=form_of(seen, ADA))
    page = client.get(saved.headers["location"]).text
    ada = clinic.shelf.now.configuration.book.technicians["ada"]

    assert "nothing is saved yet" in seen
    assert "22 33 44 55" in seen
    assert before.phone == ""
    assert (saved.status_code, saved.headers["location"]) == (303, f"{ADA}?saved=1")
    assert "Saved as revision 1" in page
    assert (ada.phone, ada.tiers, ada.capacity) == ("+47 22 33 44 55", ("L1", "L2"), 12)
    assert dict(ada.skills) == {"hardware": 4, "linux": 5}
    assert [one.reason for one in ada.absences] == ["the mountains"]
    assert ada.notify.quiet is not None
    with clinic.open_reads() as uow:
        stored = uow.config.all()
        (event,) = uow.audit.list(AuditFilter(object_kind="config/technicians"), limit=5)
    assert (event.event.actor, event.event.action) == ("administrator", "changed")
    assert "Ada Berg" not in stored[0].text
    again = client.post(ADA, data=form_of(seen, ADA))
    assert again.status_code == 422
    assert "somebody applied something" in again.text


def test_week_of_a_calendar_and_days_off(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/calendars/business"
    said = form_of(client.get(path).text, path)
    said |= {
        "f.week.fri": ["08:00-12:00"],
        "f.week.sat": ["09:00-10:00, 11:00-12:00"],
        "f.holidays.country": ["DE"],
        "f.closed": ["2026-12-24\n2026-12-31"],
    }

    assert change(client, path, said).status_code == 303
    calendar = clinic.shelf.now.configuration.book.sla.calendars["business"]
    assert [len(day) for day in calendar.week] == [1, 1, 1, 1, 1, 2, 0]
    assert calendar.week[4][0].end_min == 12 * 60
    assert len(calendar.holidays) > 2
    with clinic.open_reads() as uow:
        assert '"mon-thu"' in uow.config.all()[0].text


def test_what_is_promised_is_changed_by_a_form(clinic: Clinic, open_as: Open) -> None:
    """A target that is wrong is marked at its field; one of a file cannot be left out."""
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/policies/high"
    whole = form_of(client.get(path).text, path)
    said = whole | {"f.response.within": ["30m"], "f.response.calendar": ["always"]}
    wrong = client.post(path, data=whole | {"f.response.within": ["soon"]})

    assert (whole["f.response.within"], whole["f.priority"]) == (["1h"], ["high"])
    assert wrong.status_code == 422
    assert 'class="wrong"' in wrong.text
    assert 'value="soon"' in wrong.text
    assert change(client, path, said).status_code == 303
    policy = next(
        one for one in clinic.shelf.now.configuration.book.sla.policies if one.policy_id == "high"
    )
    response = policy.terms[SlaTarget.RESPONSE]
    assert (response.within_s, response.calendar) == (1800, "always")
    assert policy.terms[SlaTarget.RESOLUTION].calendar == "business"
    last = form_of(client.get(path).text, path)
    last |= {"f.response.within": [""], "f.response.calendar": [""]}
    assert "can be changed here, but not left out" in client.post(path, data=last).text


def test_site_is_added_by_its_form_and_taken_away(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/new/sites"
    said = form_of(client.get(path).text, path)
    twice = client.post(path, data=said | {"f.id": ["oslo"], "f.zone": ["UTC"]})
    said |= {"f.id": ["rome"], "f.name": ["Roma"], "f.zone": ["Europe/Rome"]}

    assert (twice.status_code, "is there already" in twice.text) == (422, True)
    assert change(client, path, said).headers["location"] == "/settings/sites/rome?saved=1"
    gone = client.get("/settings/sites/rome/remove").text
    assert "No other entry names it" in gone
    sent = client.post(
        "/settings/sites/rome/remove", data=form_of(gone, "/settings/sites/rome/remove")
    )
    assert sent.headers["location"] == "/settings/sites"
    assert "rome" not in clinic.shelf.now.configuration.book.sites
    assert client.get("/settings/sites/rome").status_code == 404


def test_what_others_name_does_not_go(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/sites/oslo/remove"
    page = client.get(f"{path}?how=off").text
    form = {"csrf": csrf_on(page), "revision": "0", "how": "off"}
    answer = client.post(path, data=form)

    assert "technician ada: sites: sites has no" in html.unescape(page)
    assert 'href="/settings/requirements/german"' in page
    assert (answer.status_code, "Nothing was changed" in answer.text) == (409, True)
    assert "oslo" in clinic.shelf.now.configuration.book.sites
    assert client.get(path).status_code == 404


def test_entry_of_a_file_is_switched_off_and_on(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/shifts/office/remove"
    for how in ("off", "on"):
        page = client.get(f"{path}?how={how}").text
        assert client.post(path, data=form_of(page, path)).status_code == 303
        is_there = "office" in clinic.shelf.now.configuration.book.shifts
        assert is_there is (how == "on")


def test_new_entry_as_text_has_keys_and_an_example(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    routing = client.get("/settings/new/routing").text
    channels = client.get("/settings/new/channels?as=text").text

    assert "Keys: id, " in routing
    assert "it will stand before those that are there" in routing
    assert "One that is there, to look at" in channels
    assert ("kind: slack" in channels, "s3cret" in channels) == (True, False)


def test_text_of_an_entry_names_line_and_key_of_what_is_wrong(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/shifts/office"
    said = form_of(client.get(path).text, path)
    typed = said["text"][0] + "rule: FREQ=DAILY\ncolour: blue\n"
    answer = client.post(path, data=said | {"text": [typed]})
    no_yaml = client.post(path, data=said | {"text": ["id: office\na: b: c"]})
    empty = client.post(path, data=said | {"text": [" "]})
    other = client.post(path, data=said | {"text": ["id: night"]})

    assert answer.status_code == 422
    assert re.search(r"line:\d+: shift office: unknown key .colour.", html.unescape(answer.text))
    assert "colour: blue" in answer.text
    assert "line:2: is not YAML" in no_yaml.text
    assert "the text is empty" in empty.text
    assert "must stay" in other.text


_WRONG = (
    ("f.email", "nobody", "email: must be an address like ann@example.org"),
    ("f.zone", "Mars", "is no time zone of this machine"),
    ("f.capacity", "many", "capacity: must be a whole number from 0 to 500"),
    ("f.capacity", "501", "capacity: must be a whole number from 0 to 500"),
    ("f.name", "x" * 161, "one line of at most 160 characters"),
    ("f.languages", "en, english", "codes of ISO 639-1"),
    ("f.skills.moon", "3", "skills has no 'moon'"),
    ("f.absences.0.from", "soon", "is no day like 2026-12-24"),
    ("f.absences.9999.from", "2026-12-24", ""),
    ("f.email", "", "email: stands in site.yaml"),
    ("more", "- a", "more:1: must be lines of a key"),
    ("more", "name: twice", "has a field of its own"),
    ("more", "colour: blue", "unknown key 'colour'"),
    ("f.login", "bob", "must stay 'ada'"),
    ("revision", "7", "revision 0 is in force, not 7"),
    ("revision", "", "What you typed is below"),
)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    whole = form_of(client.get(ADA).text, ADA) | {"f.phone": ["+47 99"]}
    for field, value, said in _WRONG:
        answer = client.post(ADA, data=whole | {field: [value]})

        assert answer.status_code == (422 if said else 200), field
        assert said in html.unescape(answer.text)
        assert 'value="+47 99"' in answer.text


def test_hostile_text_is_refused_or_shown_as_text(clinic: Clinic, open_as: Open) -> None:
    """As names of skills, which stand in lists, fields, labels and differences."""
    named = [one for one in PAYLOADS if re.fullmatch(LINE, one)]
    skills: list[Plain] = [{"id": f"s{at}", "name": one} for at, one in enumerate(named)]
    text = json.dumps({"skills": skills}, ensure_ascii=False)
    wanted = Wanted(layer=read_documents([Document(name="hostile", text=text)]))
    applying = Applying(wanted=wanted, revision=None, user="administrator", now=NOW)
    apply(clinic.open_writes, clinic.shelf.now.base, applying)
    clinic.shelf.follow()
    client = open_as(Role.ADMINISTRATOR)
    pages = [client.get(path).text for path in ("/settings/skills", ADA)]
    pages += [client.get(f"/settings/skills/s{at}").text for at in range(len(named))]
    form = form_of(pages[1], ADA)
    for payload in PAYLOADS[::9]:
        answer = client.post(ADA, data=form | {"f.name": [payload], "more": [payload]})
        assert answer.status_code in {200, 422}, payload
        pages.append(answer.text)

    assert len(named) > 30
    for page in pages:
        assert re.findall(r"<(?:img src=x|script>|svg|iframe|style)", page) == []


def test_secrets_are_never_shown_again(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/channels/chat"
    page = client.get(path).text
    form = form_of(page, path) | {"f.rate_limit": ["30"]}

    assert change(client, path, form).status_code == 303
    chat = clinic.shelf.now.configuration.book.channels["chat"]
    assert (chat.url, chat.per_minute) == ("https://chat.example.org/hook/s3cret", 30)
    form = form_of(client.get(path).text, path) | {"secret.url": ["https://example.org/n3w"]}
    seen = client.post(path, data=form).text
    assert client.post(path, data=form_of(seen, path)).status_code == 303
    assert clinic.shelf.now.configuration.book.channels["chat"].url == "https://example.org/n3w"
    for address in (path, f"{path}?as=text", "/settings/channels", f"{path}/remove"):
        text = client.get(address).text
        assert ("s3cret" in text, "n3w" in text) == (False, False), address


def test_channel_is_added_by_its_kind_and_tried(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    path = "/settings/new/channels"
    choice = client.get(path).text
    said = form_of(client.get(f"{path}?kind=log").text, path) | {"f.id": ["diary"]}

    assert 'href="/settings/new/channels?kind=ntfy"' in choice
    assert change(client, path, said).status_code == 303
    page = client.get("/settings/channels/diary").text
    sent = client.post("/settings/channels/diary/test", data={"csrf": csrf_on(page)})
    message = client.get(sent.headers["location"]).text
    assert "a test of channel diary" in message
    assert 'hx-get="/messages/state/' in message
    assert client.get("/messages").text.count("a test of channel diary") == 1
    assert (
        client.post("/settings/channels/none/test", data={"csrf": csrf_on(page)}).status_code == 404
    )


def test_addresses_that_people_type(open_as: Open) -> None:
    client = open_as(Role.ADMINISTRATOR)
    for path in (
        "moon",
        "rules",
        "sites/moon",
        "new/moon",
        "sites/main/remove",
        "technicians/%00",
        "sites/main?as=moon",
        "sites?skip=-1",
        "sites?source=moon",
    ):
        assert client.get(f"/settings/{path}").status_code in {404, 422}, path
