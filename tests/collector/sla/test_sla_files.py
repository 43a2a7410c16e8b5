"""Calendars and policies as a site writes them, and what is said when they are wrong."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.desk.calendar import after, worked
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.sla_policy import SlaBook
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.calendar_fields import MAX_DAYS_OFF, MAX_INTERVALS
from sickbay_collector.services.sla_files import MAX_POLICIES, load_sla
from tests.collector.desk_builders import a_ticket

TODAY = date(2026, 11, 22)
# A Friday, an hour before the default office closes.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def load(folder: Path, text: str = "", name: str = "site.yaml") -> SlaBook:
    if text:
        (folder / name).write_text(text)
    return load_sla([folder, folder / "absent"], today=TODAY)


@pytest.mark.parametrize(
    ("priority", "response_h", "resolution_h", "calendar"),
    [
        pytest.param(Priority.URGENT, 0.25, 4, "always", id="urgent"),
        pytest.param(Priority.HIGH, 1, 8, "business", id="high"),
        pytest.param(Priority.MEDIUM, 4, 24, "business", id="medium"),
        pytest.param(Priority.LOW, 8, 72, "business", id="low"),
    ],
)
def test_default_set(
    tmp_path: Path, priority: Priority, response_h: float, resolution_h: float, calendar: str
) -> None:
    book = load(tmp_path)
    terms = [book.select(a_ticket(priority=priority), target) for target in SlaTarget]

    assert [(3600 * response_h, calendar), (3600 * resolution_h, calendar)] == [
        (found[1].within_s, found[1].calendar) for found in terms if found
    ]


def test_office_hours_of_the_default_set(tmp_path: Path) -> None:
    """Monday to Friday, 08:00 to 17:00 UTC: 24 h are two days and two thirds."""
    office = load(tmp_path).calendars["business"]

    assert worked(office, FRIDAY, FRIDAY + timedelta(days=7)) == timedelta(hours=45)
    assert after(office, FRIDAY, timedelta(hours=24)) == datetime(2026, 11, 25, 13, tzinfo=UTC)


def test_site_changes_the_keys_that_it_names(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
calendars:
  - id: business
    zone: Europe/Berlin
    holidays: {country: DE, subdivision: BY}
    closed: [2026-12-24]
policies:
  - {id: high, response: {within: 30m, calendar: business}, pauses: [vendor]}
  - {id: low, enabled: false}
  - {id: vip, service: [board], response: {within: 5m, calendar: always}}
""",
    )
    office = book.calendars["business"]
    high, vip = book.policy("high"), book.policy("vip")

    assert office.zone_name == "Europe/Berlin"
    assert {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 6)} <= set(office.holidays)
    assert office.week_minutes == 45 * 60
    assert high is not None
    assert high.terms[SlaTarget.RESPONSE].within_s == 1800
    assert high.terms[SlaTarget.RESOLUTION].within_s == 8 * 3600
    assert high.pauses == {TicketStatus.PENDING_VENDOR}
    assert book.policy("low") is None
    assert book.policies[0] == vip
    assert book.version != load_sla([], today=TODAY).version


def test_policies_of_a_site_are_asked_first(tmp_path: Path) -> None:
    text = "policies: [{id: own, pauses: [], resolution: {within: 1h, calendar: always}}]"
    found = load(tmp_path, text).select(a_ticket(), SlaTarget.RESOLUTION)

    assert found is not None
    assert (found[0].policy_id, found[0].pauses) == ("own", frozenset())


A_WEEK = "calendars:\n- {{id: own, zone: UTC, week: {{{week}}}}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("- 1", "site.yaml:1: SLA file: must be a mapping", id="a list"),
        pytest.param("a: 1", "site.yaml:1: SLA file: unknown key 'a'; allowed", id="unknown key"),
        pytest.param("calendars: 1", "must be a list of entries", id="no list"),
        pytest.param("calendars: [{id: own}]", "key 'zone' is missing", id="no zone"),
        pytest.param(
            "calendars:\n- {id: business}\n- {id: business}",
            "site.yaml:3: calendars business: is there already, at",
            id="one twice",
        ),
        pytest.param(
            "calendars:\n- id: business\n  zone: Europe/Bärlin",
            "site.yaml:3: calendar business: zone: must be|is no time zone",
            id="no zone of that name",
        ),
        pytest.param(
            "calendars:\n- id: business\n  zone: ../../etc/passwd",
            "zone: must be an IANA name",
            id="a path",
        ),
        pytest.param(
            "calendars:\n- id: business\n  zone: Europe", "is no time zone", id="a part of a name"
        ),
        pytest.param(
            A_WEEK.format(week='mon: ["08:00-12:00", "11:59-17:00"]'),
            "site.yaml:2: .*mon: 08:00-12:00 and 11:59-17:00 overlap",
            id="overlap",
        ),
        pytest.param(
            A_WEEK.format(week='mon-fri: ["08:00-12:00"], tue: []'),
            "tue: tue is there twice",
            id="a day twice",
        ),
        pytest.param(A_WEEK.format(week="monday: []"), "is no day; use mon", id="no day"),
        pytest.param(A_WEEK.format(week="fri-mon: []"), "runs backwards", id="backwards"),
        pytest.param(
            A_WEEK.format(week='mon: ["22:00-06:00"]'), "write a night as two", id="over midnight"
        ),
        pytest.param(A_WEEK.format(week='mon: ["08:00-24:01"]'), "by 24:00", id="past midnight"),
        pytest.param(A_WEEK.format(week="mon: [8-17]"), "is no interval", id="no interval"),
        pytest.param(A_WEEK.format(week="mon: 8"), "must be a list of up to 12", id="no list of"),
        pytest.param(A_WEEK.format(week=""), "has 0 minutes of working time", id="no working time"),
        pytest.param(
            A_WEEK.format(week='mon: ["08:00-09:59"]'),
            "has 119 minutes of working time; at least 120",
            id="hardly any",
        ),
        pytest.param(
            "calendars:\n- {id: business, holidays: {country: XX}}",
            "country: the public holidays of XX are not known",
            id="no country",
        ),
        pytest.param(
            "calendars:\n- {id: business, holidays: {country: DE, subdivision: QQ}}",
            "subdivision: the public holidays of DE-QQ are not known",
            id="no part of the country",
        ),
        pytest.param(
            "calendars:\n- id: business\n  closed:\n  - 2026-02-30",
            "closed: '?2026-02-30'? is no date|is not YAML",
            id="no date",
        ),
        pytest.param(
            "policies:\n- {id: own}", "policy own: needs a response or a resolution", id="nothing"
        ),
        pytest.param(
            "policies:\n- id: own\n  response:\n    within: 15m\n    calendar: busines",
            "site.yaml:5: policy own, response: calendar: 'busines' .*did you mean 'business'",
            id="no calendar of that name",
        ),
        pytest.param(
            "policies:\n- {id: own, response: {within: 59s, calendar: always}}",
            "within: must be from 1m to 30d",
            id="too short",
        ),
        pytest.param(
            "policies:\n- {id: own, response: {within: 31d, calendar: always}}",
            "within: must be from 1m to 30d",
            id="too long",
        ),
        pytest.param(
            "policies:\n- {id: high, category: [printers]}", "is not allowed", id="no category"
        ),
        pytest.param("policies:\n- {id: high, pauses: [lunch]}", "is not allowed", id="no pause"),
        pytest.param("policies:\n- {id: high, service: board}", "must be a list", id="no services"),
        pytest.param("policies:\n- {id: high, service: [A B]}", "1 to 32 of", id="no service"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        load(tmp_path, text)


def _parts(count: int) -> str:
    parts = ", ".join(f'"{hour:02}:00-{hour:02}:30"' for hour in range(count))
    return A_WEEK.format(week=f"mon: [{parts}]")


def _closed(count: int) -> str:
    days = ", ".join(str(TODAY + timedelta(days=day)) for day in range(count))
    return f"calendars: [{{id: business, closed: [{days}]}}]"


def _policies(count: int) -> str:
    term = "resolution: {within: 1h, calendar: always}"
    return "policies:\n" + "\n".join(f"- {{id: p{one}, {term}}}" for one in range(count))


@pytest.mark.parametrize(
    ("at_limit", "past_it"),
    [
        pytest.param(_parts(MAX_INTERVALS), _parts(MAX_INTERVALS + 1), id="intervals of a day"),
        pytest.param(_closed(MAX_DAYS_OFF), _closed(MAX_DAYS_OFF + 1), id="days off"),
        pytest.param(_policies(MAX_POLICIES - 6), _policies(MAX_POLICIES - 5), id="policies"),
    ],
)
def test_limits(tmp_path: Path, at_limit: str, past_it: str) -> None:
    load(tmp_path, at_limit)

    with pytest.raises(InvalidError, match=r"at most|up to"):
        load(tmp_path, past_it)
