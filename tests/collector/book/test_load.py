"""The desk book: the default set, a site's files over it, and what is refused with its place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.ticket import TicketKind
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book

ANN = "- {login: ann, skills: {network: 4}, tiers: [L2], sites: [main]}"


def load(folder: Path, text: str = "", name: str = "site.yaml") -> DeskBook:
    """Return the book with one more file in the folder."""
    (folder / name).write_text(text)
    return load_book([folder, folder / "absent"])


def test_the_default_set(tmp_path: Path) -> None:
    book = load(tmp_path)

    assert list(book.sites) == ["main"]
    assert list(book.tiers) == ["L1", "L2", "L3", "SEC"]
    assert [book.tiers[name].time_limit_s for name in ("L1", "L2", "L3")] == [7200, 28800, None]
    assert [book.tiers[name].next for name in ("L1", "L2", "L3", "SEC")] == ["L2", "L3", "", ""]
    assert book.services["standard-software"].kind is TicketKind.REQUEST
    assert book.technicians == {}
    assert all(tier.responsibilities for tier in book.tiers.values())
    assert all(tier.allowed_actions for tier in book.tiers.values())
    assert all(tier.triggers for tier in book.tiers.values())


def test_a_technician_with_everything(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
sites: [{id: berlin, zone: Europe/Berlin, country: DE, location: "Hof 1, Berlin"}]
technicians:
- {login: boss}
- login: ann
  name: Ann Example
  email: ann@example.org
  phone: "+49 30 1234567"
  languages: [de, en]
  skills: {network: 4, database: 5}
  tiers: [L2, L3]
  sites: [berlin]
  capacity: 7
  manager: boss
  hourly_cost: 41.5
  absences:
  - {from: 2026-12-24, until: 2026-12-26, reason: leave}
  - {from: 2026-11-30T13:00, until: 2026-11-30T15:00}
""",
    )
    ann = book.technicians["ann"]

    assert (ann.name, ann.email, ann.phone) == (
        "Ann Example",
        "ann@example.org",
        "+49 30 1234567",
    )
    assert (ann.languages, dict(ann.skills)) == (("de", "en"), {"network": 4, "database": 5})
    assert (ann.tiers, ann.sites, ann.zone) == (("L2", "L3"), ("berlin",), "Europe/Berlin")
    assert (ann.capacity, ann.manager, ann.hourly_cost) == (7, "boss", 41.5)
    assert [(one.since, one.until, one.reason) for one in ann.absences] == [
        (datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2026, 11, 30, 14, tzinfo=UTC), ""),
        (datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 26, 23, tzinfo=UTC), "leave"),
    ]
    assert ann.is_away(datetime(2026, 12, 26, 22, 59, tzinfo=UTC))
    assert not ann.is_away(datetime(2026, 12, 26, 23, 0, tzinfo=UTC))


def test_a_file_changes_the_keys_that_it_names(tmp_path: Path) -> None:
    """The others stay; what it adds comes first; what it switches off is gone."""
    before = load(tmp_path)
    book = load(
        tmp_path,
        "tiers: [{id: L1, time_limit: 30m}, {id: L2, time_limit: none}]\n"
        "skills: [{id: mobile, enabled: false}, {id: sap}]\n",
    )

    assert (book.tiers["L1"].time_limit_s, book.tiers["L1"].next) == (1800, "L2")
    assert book.tiers["L2"].time_limit_s is None
    assert book.skills["sap"].name == "sap"
    assert list(book.skills) == ["sap", *(name for name in before.skills if name != "mobile")]
    assert book.version != before.version


def test_later_directories_win(tmp_path: Path) -> None:
    for name, limit in (("one", "1h"), ("two", "2h")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").write_text(f"tiers: [{{id: L1, time_limit: {limit}}}]")

    book = load_book([tmp_path / "two", tmp_path / "one"])

    assert book.tiers["L1"].time_limit_s == 3600


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("[1]", r"site.yaml:1: document: must be a mapping", id="list"),
        pytest.param("a: b: c", r"site.yaml:1: is not YAML", id="no-yaml"),
        pytest.param("sites:\n\t- id: a", r"site.yaml:2: is not YAML: .*'\\t'", id="tab"),
        pytest.param(
            "technican: []",
            r"site.yaml:1: document: unknown key 'technican'; did you mean 'technicians'\?",
            id="unknown-kind",
        ),
        pytest.param("sites: {id: a}", r"site.yaml:1: .*sites: must be a list", id="no-list"),
        pytest.param("sites: [{id: A b}]", r"site.yaml:1: sites: id: must be 1 to 32", id="bad-id"),
        pytest.param(
            "sites:\n- {id: a, zone: UTC}\n- {id: a, zone: UTC}",
            r"site.yaml:3: site a: is there already, at .*site.yaml:2",
            id="duplicate",
        ),
        pytest.param(
            "sites:\n- {id: a,\n   zome: UTC}",
            r"site.yaml:3: site a: unknown key 'zome'; did you mean 'zone'\?",
            id="unknown-key",
        ),
        pytest.param(
            "sites: [{id: a, zone: Mars/Base}]", r"site a: zone: 'Mars/Base' is no", id="zone"
        ),
        pytest.param(
            "technicians:\n- login: ann\n  skills:\n    netwrok: 3",
            r"site.yaml:4: technician ann: skills: skills has no 'netwrok'; did you mean 'network'",
            id="unknown-skill",
        ),
        pytest.param(
            "technicians:\n- {login: ann, skills: {network: 6}}",
            r"site.yaml:2: technician ann, skills: network: must be a whole number from 1 to 5",
            id="level",
        ),
        pytest.param(
            "technicians:\n- login: ann\n  tiers:\n  - L2\n  - L4",
            r"site.yaml:5: technician ann: tiers: tiers has no 'L4'; .*L1, L2, L3, SEC",
            id="unknown-tier",
        ),
        pytest.param(
            "technicians: [{login: ann, sites: [x]}]", r"sites: sites has no 'x'", id="site"
        ),
        pytest.param(
            "technicians: [{login: ann, sites: [main, main]}]", r"'main' is there twice", id="twice"
        ),
        pytest.param(
            "technicians:\n- login: ann\n  manager: bob",
            r"site.yaml:3: technician ann: manager: technicians has no 'bob'",
            id="unknown-manager",
        ),
        pytest.param(
            "technicians:\n- {login: ann, manager: bob}\n- {login: bob, manager: ann}",
            r"site.yaml:2: technician ann: manager: is in the end their own",
            id="managers-in-a-circle",
        ),
        pytest.param(
            "technicians: [{login: a, absences: [{from: 2026-02-02, until: 2026-02-01}]}]",
            r"until: must not be before from",
            id="absence-backwards",
        ),
        pytest.param(
            "technicians: [{login: a, absences: [{from: 2026-02-30, until: 2026-03-01}]}]",
            r"is not YAML: day is out of range",
            id="no-day-of-yaml",
        ),
        pytest.param(
            "technicians: [{login: a, absences: [{from: monday, until: 2026-03-01}]}]",
            r"from: 'monday' is no day like 2026-12-24",
            id="no-day",
        ),
        pytest.param(
            "technicians: [{login: a, absences: [{from: 2026-01-01, until: 9999-12-31}]}]",
            r"until: '9999-12-31' is out of range",
            id="end-of-time",
        ),
        pytest.param(
            "technicians: [{login: a, hourly_cost: .nan}]", r"a number from 0", id="not-a-number"
        ),
        pytest.param(
            "technicians: [{login: a, hourly_cost: true}]", r"a number from 0", id="no-number"
        ),
        pytest.param(
            "tiers:\n- {id: L3, next: L1}",
            r"tier L1: next: .* in a circle: L1 .* -> L2 .* -> L3 \(.*site.yaml:2\) -> L1",
            id="escalation-loop",
        ),
        pytest.param("tiers: [{id: L2, enabled: false}]", r"next: tiers has no 'L2'", id="gone"),
        pytest.param("tiers: [{id: L1, time_limit: 59s}]", r"must be from 1m to 30d", id="short"),
        pytest.param(
            "tiers: [{id: L1, triggers: [[a]]}]", r"triggers: must be a list, each", id="line"
        ),
        pytest.param(
            "services: [{id: x, kind: incident, category: hardwear, tier: L1}]",
            r"categories has no 'hardwear'; did you mean 'hardware'",
            id="category",
        ),
        pytest.param("services: [{id: x, kind: incident, category: other}]", r"'tier'", id="tier"),
    ],
)
def test_what_is_written_wrong_is_named(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(InvalidError, match=error):
        load(tmp_path, text)


def test_how_many_entries_there_may_be(tmp_path: Path) -> None:
    """Twenty tiers, of which the default set has four."""
    texts = [
        f"tiers: [{', '.join(f'{{id: T{number}, queue: q}}' for number in range(count))}]"
        for count in (16, 17)
    ]
    assert len(load(tmp_path, texts[0]).tiers) == 20
    with pytest.raises(InvalidError, match="there are 21 tiers; at most 20"):
        load(tmp_path, texts[1])
