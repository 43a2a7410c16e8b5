"""Shifts, rotas, overrides and requirements in a site's files, and what is refused there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.desk.attendance import on_shift
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.desk.rota import on_call
from sickbay_collector.core.desk.rota_plan import EVERYBODY, MAX_LAYERS, MAX_PARTICIPANTS
from sickbay_collector.core.desk.shift import Recurring
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book

PEOPLE = """
technicians:
- {login: ada, tiers: [L1], languages: [en, de]}
- {login: bob, tiers: [L1, L2]}
"""
PACE = '{every: 1w, at: "09:00", from: 2026-01-05}'
ROTA = f"""
rotas:
- id: desk
  name: Service desk
  tier: L1
  layers:
  - {{name: europe, participants: [ada, bob], zone: Europe/Berlin, handover: {PACE},
     week: {{mon-fri: ["08:00-18:00"]}}, closed: [2026-12-25]}}
  - {{participants: [bob], zone: UTC}}
"""


def load(folder: Path, text: str) -> DeskBook:
    """Return the book with a file of two technicians and this one."""
    (folder / "a.yaml").write_text(PEOPLE)
    (folder / "b.yaml").write_text(text)
    return load_book([folder])


def test_a_shift_of_a_week_and_one_of_a_rule(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
shifts:
- {id: early, technicians: [ada, bob], zone: Europe/Berlin, week: {mon-fri: ["06:00-14:00"]}}
- {id: sat, name: Saturday, technicians: [bob], zone: UTC, rule: FREQ=MONTHLY;BYDAY=1SA,
   from: 2026-01-03T08:00, length: 6h}
""",
    )
    early, saturday = book.shifts["early"], book.shifts["sat"]

    assert (early.name, early.technicians) == ("early", ("ada", "bob"))
    assert saturday.name == "Saturday"
    assert isinstance(saturday.hours, Recurring)
    assert saturday.hours.length_min == 360


def test_a_rota_of_two_layers(tmp_path: Path) -> None:
    book = load(tmp_path, ROTA)
    noon = datetime(2026, 1, 13, 11, tzinfo=UTC)
    christmas = datetime(2026, 12, 25, 11, tzinfo=UTC)

    assert [layer.name for layer in book.rotas["desk"].layers] == ["europe", "layer 2"]
    assert [one.login for one in on_call(book, "L1", noon)] == ["bob"]
    assert [one.login for one in on_call(book, "L1", noon - timedelta(days=7))] == ["ada", "bob"]
    assert [one.layer for one in on_call(book, "desk", christmas)] == ["layer 2"]


def test_overrides_with_and_without_a_person_instead_of_whom(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        ROTA
        + """
overrides:
- {id: one, rota: desk, from: 2026-12-24, until: 2026-12-24, zone: Europe/Berlin, login: ada}
- {id: two, rota: desk, from: 2026-12-24T10:00, until: 2026-12-24T11:00, login: ada,
   instead_of: bob, reason: swap}
""",
    )
    one, two = book.overrides["one"], book.overrides["two"]

    assert (one.since, one.until) == (
        datetime(2026, 12, 23, 23, tzinfo=UTC),
        datetime(2026, 12, 24, 23, tzinfo=UTC),
    )
    assert (one.instead_of, one.reason) == (EVERYBODY, "")
    assert (two.since, two.instead_of, two.reason) == (
        datetime(2026, 12, 24, 10, tzinfo=UTC),
        "bob",
        "swap",
    )


def test_a_requirement_is_compared_with_who_is_there(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        ROTA
        + """
requirements:
- {id: office, users: office staff, locations: [main], zone: UTC, tier: L1, minimum: 2,
   week: {mon: ["12:00-13:00"]}, languages: [de]}
- {id: night, zone: UTC, tier: L1, week: {mon-sun: ["00:00-24:00"]}}
""",
    )
    monday = datetime(2026, 1, 12, tzinfo=UTC)

    (gap,) = coverage(book, monday, monday + timedelta(days=1))

    assert book.requirements["office"].users == "office staff"
    assert book.requirements["night"].users == "everybody"
    assert (gap.requirement, gap.begin.hour, gap.end.hour) == ("office", 12, 13)
    assert [one.words for one in gap.missing] == ["1 more staff", "nobody who speaks de"]


def test_public_holidays_are_left_out(tmp_path: Path) -> None:
    """Of a layer's hours, of a shift, and of what must be covered."""
    week = 'zone: Europe/Berlin, week: {fri: ["08:00-12:00"]}, holidays: {country: DE}'
    book = load(
        tmp_path,
        f"""
shifts: [{{id: s, technicians: [ada], {week}}}]
rotas: [{{id: r, tier: L1, layers: [{{participants: [bob], {week}}}]}}]
requirements: [{{id: q, tier: L1, minimum: 3, {week}}}]
""",
    )
    holiday, friday = (datetime(2026, 12, day, 9, tzinfo=UTC) for day in (25, 18))

    assert [on_shift(book, "ada", at) for at in (holiday, friday)] == [False, True]
    assert [len(on_call(book, "r", at)) for at in (holiday, friday)] == [0, 1]
    assert [len(coverage(book, at, at + timedelta(hours=1))) for at in (holiday, friday)] == [0, 1]


def shift(**keys: str) -> str:
    known = {"id": "s", "technicians": "[ada]", "zone": "UTC"} | keys
    return "shifts: [{" + ", ".join(f"{key}: {value}" for key, value in known.items()) + "}]"


def rota(layer: str = "", **keys: str) -> str:
    known = {"id": "r", "tier": "L1", "layers": f"[{{zone: UTC, {layer}}}]"} | keys
    return "rotas: [{" + ", ".join(f"{key}: {value}" for key, value in known.items()) + "}]"


def override(**keys: str) -> str:
    known = {
        "id": "o",
        "rota": "r",
        "login": "ada",
        "from": "2026-12-24T10:00",
        "until": "2026-12-24T11:00",
    } | keys
    text = ", ".join(f"{key}: {value}" for key, value in known.items())
    return rota("participants: [ada]") + "\noverrides: [{" + text + "}]"


def requirement(**keys: str) -> str:
    known = {"id": "q", "tier": "L1", "zone": "UTC", "week": '{mon: ["08:00-12:00"]}'} | keys
    return "requirements: [{" + ", ".join(f"{key}: {value}" for key, value in known.items()) + "}]"


WEEK = '{mon-fri: ["08:00-17:00"]}'
BEGIN = "2026-01-05T09:00"
BOTH = "participants: [ada, bob]"
DUPLICATE = '{mon: ["08:00-12:00", "11:00-13:00"]}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(shift(technicians="[]", week=WEEK), "must name at least one", id="nobody"),
        pytest.param(
            shift(technicians="[eve]", week=WEEK), "technicians has no 'eve'", id="unknown login"
        ),
        pytest.param(shift(), "key 'week' is missing", id="shift without hours"),
        pytest.param(shift(week=DUPLICATE), "08:00-12:00 and 11:00-13:00 overlap", id="overlap"),
        pytest.param(shift(week="{mon: []}"), "week: has no hours", id="empty week"),
        pytest.param(
            shift(week=WEEK, length="6h"), "length: needs a rule", id="length without a rule"
        ),
        pytest.param(
            shift(rule="FREQ=DAILY", week=WEEK), "does not go with rule", id="week and rule"
        ),
        pytest.param(
            shift(rule="FREQ=DAILY", length="6h"), "key 'from' is missing", id="rule without begin"
        ),
        pytest.param(
            shift(rule="FREQ=DAILY", length="25h", **{"from": BEGIN}),
            "length: must be from 15m to 1d",
            id="too long",
        ),
        pytest.param(
            shift(rule="FREQ=SECONDLY", length="1h", **{"from": BEGIN}),
            "rule: 'FREQ=SECONDLY': FREQ is one of",
            id="rule too often",
        ),
        pytest.param(
            shift(rule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", length="1h", **{"from": BEGIN}),
            "does not occur within ten years",
            id="rule that never fires",
        ),
        pytest.param(
            shift(rule="FREQ=DAILY", length="1h", **{"from": "2026-01-05T09:00Z"}),
            "without a zone of its own",
            id="begin with a zone",
        ),
        pytest.param(rota(layers="[]"), "at least one layer", id="no layer"),
        pytest.param(rota(), "at least one technician", id="layer without anything"),
        pytest.param(
            rota("participants: []"), "is empty; a rota needs at least one", id="empty rota"
        ),
        pytest.param(rota("participants: [eve]"), "technicians has no 'eve'", id="unknown person"),
        pytest.param(rota("participants: [ada]", tier="L9"), "tiers has no 'L9'", id="tier"),
        pytest.param(rota(BOTH), "handover: is missing; for example", id="no handover"),
        pytest.param(
            rota(f"{BOTH}, handover: {{every: 0d, at: '09:00', from: 2026-01-05}}"),
            "INTERVAL is from 1 to 366",
            id="every 0 days",
        ),
        pytest.param(
            rota(f"{BOTH}, handover: {{every: 5h, at: '09:00', from: 2026-01-05}}"),
            "must be days or weeks like 3d or 1w",
            id="every few hours",
        ),
        pytest.param(
            rota(f"{BOTH}, handover: {{every: 1d, at: '24:00', from: 2026-01-05}}"),
            'must be a time in quotes like "09:00"',
            id="24 o'clock",
        ),
        pytest.param(
            rota(f"{BOTH}, handover: {{every: 1d, rule: FREQ=DAILY, from: {BEGIN}}}"),
            "every: does not go with rule",
            id="two handovers",
        ),
        pytest.param(
            rota(f"{BOTH}, handover: {{rule: FREQ=DAILY;COUNT=9, from: {BEGIN}}}"),
            "must not end",
            id="handover that ends",
        ),
        pytest.param(
            rota("participants: [ada], holidays: {country: DE}"),
            "holidays: needs a week",
            id="holidays without hours",
        ),
        pytest.param(
            rota("participants: [ada], closed: [2026-12-24]"), "closed: needs a week", id="closed"
        ),
        pytest.param(
            rota(
                layers="[{name: a, participants: [ada], zone: UTC},"
                " {name: a, participants: [bob], zone: UTC}]"
            ),
            "'a' is there twice",
            id="two layers of a name",
        ),
        pytest.param(
            rota(layers="[" + "{participants: [ada], zone: UTC}, " * (MAX_LAYERS + 1) + "]"),
            f"at most {MAX_LAYERS} items",
            id="too many layers",
        ),
        pytest.param(
            rota(f"participants: [{'ada, ' * (MAX_PARTICIPANTS + 1)}]"),
            f"at most {MAX_PARTICIPANTS} items",
            id="too many participants",
        ),
        pytest.param(override(rota="x"), "rotas has no 'x'", id="unknown rota"),
        pytest.param(override(login="eve"), "technicians has no 'eve'", id="unknown stand-in"),
        pytest.param(
            override(until="2026-12-24T09:00"), "is not after from", id="override out of order"
        ),
        pytest.param(
            override(until="2026-12-24T10:00"), "is not after from", id="override of no length"
        ),
        pytest.param(override(until="2027-12-26"), "more than 366 days", id="override of years"),
        pytest.param(override(instead_of="ada"), "for themselves", id="instead of oneself"),
        pytest.param(override(instead_of="eve"), "has no 'eve'", id="instead of nobody known"),
        pytest.param(
            requirement(holidays="{country: XX}"), "holidays of XX are not known", id="no country"
        ),
        pytest.param(requirement(minimum="0"), "from 1 to 1000", id="nobody needed"),
        pytest.param(requirement(minimum="1001"), "from 1 to 1000", id="too many needed"),
        pytest.param(requirement(locations="[x]"), "sites has no 'x'", id="unknown site"),
        pytest.param(requirement(tier="L8"), "tiers has no 'L8'", id="unknown tier"),
        pytest.param(requirement(languages="[german]"), "ISO 639-1", id="language in words"),
        pytest.param(requirement(zone="Mars/Base"), "is no time zone", id="unknown zone"),
    ],
)
def test_what_is_refused_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidError) as refused:
        load(tmp_path, text)

    assert said in str(refused.value)
    assert "b.yaml:" in str(refused.value)


def test_limits_are_taken(tmp_path: Path) -> None:
    """As many layers and participants as there may be, and the longest override and shift."""
    layers = "[" + "{participants: [ada], zone: UTC}, " * MAX_LAYERS + "]"
    assert len(load(tmp_path, rota(layers=layers)).rotas["r"].layers) == MAX_LAYERS
    people = f"participants: [{'ada, bob, ' * (MAX_PARTICIPANTS // 2)}], handover: {PACE}"
    (layer,) = load(tmp_path, rota(people)).rotas["r"].layers
    assert len(layer.participants) == MAX_PARTICIPANTS
    longest = override(until="2027-12-25T10:00")
    assert load(tmp_path, longest).overrides["o"].until.year == 2027
    whole = shift(rule="FREQ=DAILY", length="1d", **{"from": BEGIN})
    assert load(tmp_path, whole).shifts["s"].id == "s"
    assert load(tmp_path, requirement(minimum="1000")).requirements["q"].minimum == 1000
