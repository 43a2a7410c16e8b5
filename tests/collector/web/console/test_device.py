import re
from datetime import timedelta

import pytest

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from tests.browser.payloads import PAYLOADS
from tests.collector.clinic import NOW, SICK, WELL, Clinic
from tests.collector.web.console.conftest import Open, csrf_on

OWN = f"/devices/{SICK}"
ASSET = f"{OWN}?tab=asset"
DOCTOR = "<code>sickbay-agent doctor</code>"


def test_the_head_says_what_it_is_and_whose(clinic: Clinic, open_as: Open) -> None:
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ann"), name="Ann Berg"))
        uow.tags.add(["lab"], [SICK], at=NOW, by="bo")
        uow.commit()
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(ASSET).text)
    for field, value in (("owner", "Ann Berg"), ("location", "Room 1")):
        version = "0" if field == "owner" else "1"
        form = {"csrf": token, "version": version, "field": field, "value": value}
        assert client.post(f"{OWN}/asset", data=form).status_code == 303

    for tab in ("overview", "history", "asset"):
        page = client.get(f"{OWN}?tab={tab}").text
        for said in ("Ann Berg", "Room 1", "SER-ws-sick", "Book 14 G3", ">lab</a>"):
            assert said in page


def test_the_overview_says_what_is_wrong_and_what_changed(open_as: Open) -> None:
    page = open_as(Role.READER).get(OWN).text

    assert "What is wrong" in page
    assert "system volume almost full" in page
    assert "The volume / has 2 % free." in page
    assert "htop" in page


def test_the_history_has_figures_and_marks_without_a_script(open_as: Open) -> None:
    page = open_as(Role.READER).get(f"{OWN}?tab=history&hours=720").text

    assert re.search(r'data-mark="alert".*The volume / has 2 % free', page)
    assert re.search(r'data-mark="ticket".*href="/tickets/1"', page)
    assert re.search(r'data-mark="change".*htop added', page)
    assert "Earlier" in page
    assert "Later" not in page


def test_a_stretch_of_the_history_stands_in_the_address(open_as: Open) -> None:
    since, until = NOW - timedelta(days=900), NOW - timedelta(days=899)
    stretch = {"since": since.isoformat(), "until": until.isoformat()}
    query = {"tab": "history", "metric": ["health.score", "cpu.busy_ratio", ""], **stretch}
    page = open_as(Role.READER).get(OWN, params=query).text

    assert "Nothing was measured in this time" in page
    assert "Nothing happened in this time" in page
    assert 'data-metrics="health.score cpu.busy_ratio"' in page
    assert "Later" in page


def test_the_history_of_a_device_that_is_away_ends_at_its_last_report(
    clinic: Clinic, open_as: Open
) -> None:
    """Nobody is shown an empty chart of the night; a stretch that is named stays as it is."""
    clinic.now += timedelta(days=3)
    client = open_as(Role.READER)

    page = client.get(f"{OWN}?tab=history").text
    assert "up to its last report" in page
    assert "Nothing was measured in this time" not in page
    assert "Later →" in page
    month = client.get(f"{OWN}?tab=history&hours=720").text
    assert "up to its last report" not in month


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("tab=history&hours=0", 422, id="no time"),
        pytest.param("tab=history&hours=17545", 422, id="more than two years"),
        pytest.param("tab=history&metric=moon", 422, id="no such metric"),
        pytest.param("tab=history&since=&until=&metric=", 200, id="a form left empty"),
        pytest.param("tab=changes&from_day=2026-11-31", 422, id="no such day"),
        pytest.param("tab=changes&from_day=2026-11-19&to_day=2026-11-19", 422, id="one day twice"),
        pytest.param("tab=changes&from_day=2027-01-01", 422, id="a day to come"),
        pytest.param("tab=software&text=" + "x" * 254, 422, id="too long a search"),
        pytest.param("tab=moon", 404, id="no such side"),
    ],
)
def test_what_the_address_says_is_checked(open_as: Open, query: str, status: int) -> None:
    assert status == open_as(Role.READER).get(f"{OWN}?{query}").status_code


def test_software_is_found_and_dated(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert "htop" in client.get(f"{OWN}?tab=software").text
    found = client.get(f"{OWN}?tab=software&text=BASH").text
    assert "5.3" in found
    assert "<td>2025-06-24</td>" in found
    assert "htop" not in found
    assert "Nothing of that name" in client.get(f"{OWN}?tab=software&text=moon").text


def test_any_two_days_are_compared(open_as: Open) -> None:
    client = open_as(Role.READER)
    page = client.get(f"{OWN}?tab=changes&from_day=2026-10-20").text
    assert "Not compared" in page or "htop" in page

    log = client.get(f"{OWN}?tab=changes").text
    assert "htop" in log
    same = client.get(f"{OWN}?tab=changes&from_day=2026-11-19&to_day=2026-11-20").text
    assert "Its inventory was the same" in same


def test_fields_win_until_their_day_and_are_withdrawn(clinic: Clinic, open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(ASSET).text)
    form = {"csrf": token, "field": "model", "value": "X1", "until": "2026-12-24"}
    assert client.post(f"{OWN}/asset", data={**form, "version": "0"}).status_code == 303

    page = client.get(ASSET).text
    assert "manual by technician" in page
    assert "2026-12-24" in page
    stale = client.post(f"{OWN}/asset", data={**form, "version": "0"})
    assert stale.status_code == 409
    gone = {"csrf": token, "version": "1", "field": "model"}
    client.post(f"{OWN}/asset/withdraw", data=gone)
    assert "manual by" not in client.get(ASSET).text
    what = {"csrf": token, "version": "2", "device_class": "server", "criticality": "high"}
    client.post(f"{OWN}/asset/class", data=what)
    assert "criticality high" in client.get(OWN).text
    assert clinic.now == NOW


def test_repairs_are_written_down_and_taken_off(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(ASSET).text)
    form = {"csrf": token, "kind": "part", "text": "New fan", "cost": "9.90 EUR"}
    assert client.post(f"{OWN}/repairs", data=form).status_code == 303

    page = client.get(ASSET).text
    assert "9.90 EUR" in page
    dropped = re.findall(r'action="([^"]*/drop)"', page)
    client.post(dropped[0], data={"csrf": token})
    assert "Nothing was repaired" in client.get(ASSET).text


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        pytest.param("asset", {"version": "0", "field": "moon"}, 422, id="no such field"),
        pytest.param("asset", {"version": "0", "field": "cost", "value": "x"}, 422, id="no cost"),
        pytest.param("asset", {"version": "0", "field": "site", "until": "x"}, 422, id="no day"),
        pytest.param(
            "asset", {"version": "0", "field": "site", "until": "2020-01-01"}, 422, id="day past"
        ),
        pytest.param("asset", {"version": "0", "field": "owner", "value": "x"}, 404, id="nobody"),
        pytest.param("repairs", {"text": "x", "cost": "1"}, 422, id="no currency"),
        pytest.param("revoke", {"reason": "x" * 501}, 422, id="too long a reason"),
        pytest.param("revoke", {}, 422, id="no reason"),
    ],
)
def test_what_cannot_be_is_refused(
    open_as: Open, path: str, fields: dict[str, str], status: int
) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(ASSET).text)

    assert status == client.post(f"{OWN}/{path}", data={"csrf": token, **fields}).status_code


def test_the_agents_side_says_how_it_fares(open_as: Open) -> None:
    page = open_as(Role.READER).get(f"{OWN}?tab=agent").text

    for said in (
        "1,200 records",
        "3.0 MiB",
        "44.0 MiB",
        "0.2 % of one",
        "24 h ago",
        "expiring",
        DOCTOR,
    ):
        assert said in page
    assert "not reported" not in page


def test_an_old_agent_reports_nothing_of_itself(open_as: Open) -> None:
    page = open_as(Role.READER).get(f"/devices/{WELL}?tab=agent").text

    assert page.count("not reported") == 6
    assert "not known" in page


def test_a_device_is_shut_out_once(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(f"{OWN}?tab=agent").text)
    for _ in range(2):
        form = {"csrf": token, "reason": "Stolen."}
        assert client.post(f"{OWN}/revoke", data=form).status_code == 303

    page = client.get(f"{OWN}?tab=agent").text
    assert "Stolen." in page
    assert "/revoke" not in page


def test_what_people_write_is_shown_as_text(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    token = csrf_on(client.get(ASSET).text)
    version = 0
    for payload in PAYLOADS:
        form = {"csrf": token, "version": str(version), "field": "location", "value": payload}
        version += client.post(f"{OWN}/asset", data=form).status_code == 303
        client.post(f"{OWN}/repairs", data={"csrf": token, "text": payload, "supplier": payload})
        client.get(OWN, params={"tab": "software", "text": payload[:253]})
    page = client.get(ASSET).text

    assert version > 0
    for element in ("<script>alert", "<img src=x", "<svg", "<iframe", "<style>", "<base"):
        assert element not in page.partition("</nav>")[2]
