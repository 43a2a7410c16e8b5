"""Applying documents: what changes, what stays, and how it comes in force everywhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.book.apply import (
    MAX_DOCUMENTS,
    Applied,
    Applying,
    Document,
    StaleRevisionError,
    apply,
    preview,
    read_documents,
)
from sickbay_collector.services.book.layers import MAX_ENTRIES, Places, empty_layer
from sickbay_collector.services.book.listing import Source, list_entries
from sickbay_collector.services.book.plan import Change, Wanted
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.marked_yaml import MAX_DOCUMENT_BYTES
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEAM = """
skills: [{id: sap}]
technicians:
- {login: ann, skills: {sap: 3}, tiers: [L2]}
tiers: [{id: L1, time_limit: 30m}]
"""


class Bay:
    """A collector's shelf on a database that others may share."""

    def __init__(self, folder: Path, database: FakeDatabase) -> None:
        self.folder = folder
        self.database = database
        places = Places(rules=folder / "rules.d", sla=folder / "sla.d", desk=folder / "desk.d")
        self.shelf = Shelf(places, database.read, lambda: NOW, lambda _: None)
        self.shelf.start()

    def say(self, text: str = "", *, revision: int | None = None, **wanted: object) -> Applied:
        """Apply a document."""
        asked = applying(text, revision=revision, **wanted)
        return apply(self.database.open, self.shelf.now.base, asked, open_reads=self.database.read)

    def write(self, folder: str, text: str) -> None:
        """Write a file of the site."""
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / folder / "site.yaml").write_text(text)

    def audit(self) -> list[AuditEvent]:
        """Return what was recorded, oldest first."""
        with self.database.read() as uow:
            return [one.event for one in uow.audit.list(AuditFilter(), limit=99)][::-1]


def applying(text: str = "", *, revision: int | None = None, **wanted: object) -> Applying:
    """Return who applies what."""
    layer = read_documents([Document(name="team.yaml", text=text)])
    asked = replace(Wanted(layer=layer), **wanted)  # type: ignore[arg-type]
    return Applying(wanted=asked, revision=revision, user="boss", now=NOW)


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    """A collector without files."""
    return Bay(tmp_path, FakeDatabase())


def said(done: Applied) -> list[tuple[Change, str, str]]:
    """Return what changed in short."""
    return [(one.change, one.kind, one.id) for one in done.plan.changes]


def test_what_a_document_adds_and_changes(bay: Bay) -> None:
    done = bay.say(TEAM)

    assert said(done) == [
        (Change.ADDED, "skills", "sap"),
        (Change.ADDED, "technicians", "ann"),
        (Change.CHANGED, "tiers", "L1"),
    ]
    [limit] = done.plan.changes[2].fields
    assert (limit.key, limit.before, limit.after) == ("time_limit", '"2h"', '"30m"')
    assert done.revision == 1


def test_a_second_time_there_is_nothing_to_do(bay: Bay) -> None:
    bay.say(TEAM)
    again = bay.say(TEAM)

    assert (said(again), again.plan.unchanged, again.revision) == ([], 3, 1)
    assert len(bay.audit()) == 3


def test_a_preview_writes_nothing(bay: Bay) -> None:
    with bay.database.read() as uow:
        seen = preview(uow, bay.shelf.now.base, applying(TEAM))
    with bay.database.read() as uow:
        assert (uow.config.revision(), uow.config.all()) == (0, [])

    assert (len(seen.plan.changes), seen.revision) == (3, 0)


def test_every_change_is_in_the_audit(bay: Bay) -> None:
    bay.say(TEAM)
    bay.say("tiers: [{id: L1, time_limit: 45m}]", revision=1)
    event = bay.audit()[-1]

    assert (event.actor, event.action) == ("boss", "changed")
    assert (event.object_kind, event.object_id) == ("config/tiers", "L1")
    assert (event.before, event.after) == ({"time_limit": '"30m"'}, {"time_limit": '"45m"'})


def test_another_collector_follows(bay: Bay, tmp_path: Path) -> None:
    """Two on one database: what is applied at one is in force at the other when it looks."""
    (tmp_path / "other").mkdir()
    other = Bay(tmp_path / "other", bay.database)
    assert other.shelf.follow()
    bay.say(TEAM)
    before = other.shelf.now.configuration.book

    assert other.shelf.follow()
    assert "ann" not in before.technicians
    assert other.shelf.now.configuration.book.technicians["ann"].skills == {"sap": 3}
    assert (other.shelf.now.revision, other.shelf.now.problem) == (1, "")


def test_a_rule_that_is_applied_wins_over_files(bay: Bay) -> None:
    """And what the file says counts again when it is taken away."""
    bay.write("rules.d", "- {id: disk.full.warn, enabled: false}\n")
    bay.shelf.reload()
    without = "disk.full.warn" in bay.shelf.rules().rules
    bay.say("rules: [{id: disk.full.warn, enabled: true, urgency: 1}]")
    bay.shelf.follow()
    urgent = bay.shelf.rules().rules["disk.full.warn"].urgency
    bay.say(remove=frozenset({("rules", "disk.full.warn")}))
    bay.shelf.follow()

    assert (without, urgent) == (False, 1)
    assert "disk.full.warn" not in bay.shelf.rules().rules


def test_calendars_and_policies_are_applied_too(bay: Bay) -> None:
    bay.say(
        'calendars: [{id: short, zone: UTC, week: {mon-fri: ["09:00-12:00"]}}]\n'
        "policies: [{id: vip, category: [access], response: {within: 10m, calendar: short}}]\n"
    )
    bay.shelf.follow()
    sla = bay.shelf.now.configuration.book.sla

    assert sla.policies[0].policy_id == "vip"
    assert sla.calendars["short"].week_minutes == 15 * 60


def test_what_is_said_where_it_was_said_already_is_not_kept(bay: Bay) -> None:
    """An entry that goes back to what the defaults say is no applied one any more."""
    bay.say("tiers: [{id: L1, time_limit: 30m}]")
    back = bay.say("tiers: [{id: L1, time_limit: 2h}]")
    with bay.database.read() as uow:
        assert uow.config.all() == []

    assert said(back) == [(Change.CHANGED, "tiers", "L1")]


def test_pruning_takes_away_what_no_document_names(bay: Bay) -> None:
    bay.say(TEAM)
    done = bay.say("skills: [{id: sap}]", prune=True)

    assert said(done) == [
        (Change.REMOVED, "technicians", "ann"),
        (Change.CHANGED, "tiers", "L1"),
    ]
    assert done.plan.unchanged == 1


def test_removing_what_was_not_applied(bay: Bay) -> None:
    with pytest.raises(NotFoundError, match="tiers/L1 was not applied"):
        bay.say(remove=frozenset({("tiers", "L1")}))
    with pytest.raises(InvalidError, match="kind 'tires' is unknown"):
        bay.say(remove=frozenset({("tires", "L1")}))
    with pytest.raises(InvalidError, match="to be removed and applied at once"):
        bay.say(TEAM, remove=frozenset({("skills", "sap")}))


def test_what_others_need_is_not_removed(bay: Bay) -> None:
    """References are checked over the whole; nothing is written."""
    bay.say(TEAM)
    with pytest.raises(InvalidError, match=r"applied technicians/ann: .*skills has no 'sap'"):
        bay.say(remove=frozenset({("skills", "sap")}))
    assert bay.say(TEAM).revision == 1


def test_somebody_applied_in_between(bay: Bay) -> None:
    bay.say(TEAM, revision=0)
    with pytest.raises(StaleRevisionError, match="revision 1 is in force, not 0"):
        bay.say("skills: [{id: crm}]", revision=0)

    assert bay.say("skills: [{id: crm}]", revision=None).revision == 2


def test_policies_stand_in_the_order_of_the_documents(bay: Bay) -> None:
    """What is new comes behind the one that it follows, and another order is a change."""

    def policies(*names: str) -> str:
        entries = ", ".join(f"{{id: {one}, response: {TERM}}}" for one in names)
        return f"policies: [{entries}]"

    def order() -> list[str]:
        bay.shelf.follow()
        known = bay.shelf.now.configuration.book.sla.policies
        return [one.policy_id for one in known][:4]

    bay.say(policies("a", "b"))
    first = order()
    bay.say(policies("c"))
    second = order()
    bay.say(policies("a", "d", "b"))
    third = order()
    moved = bay.say(policies("b", "a"))

    assert (first[:2], second[:3], third) == (["a", "b"], ["c", "a", "b"], ["c", "a", "d", "b"])
    assert [(one.change, one.id) for one in moved.plan.changes] == [(Change.ORDERED, "")]
    assert order() == ["b", "a", "c", "d"]
    assert said(bay.say(policies("b", "a"))) == []


TERM = "{within: 1h, calendar: always}"


def test_files_that_no_longer_go_with_what_is_applied(bay: Bay) -> None:
    """SIGHUP keeps what is in force; a start leaves the applied entries out and says so."""
    bay.write("desk.d", "skills: [{id: crm}]")
    bay.shelf.reload()
    bay.say("technicians: [{login: bob, skills: {crm: 1}}]")
    bay.shelf.follow()
    bay.write("desk.d", "skills: []")
    with pytest.raises(InvalidError, match="skills has no 'crm'"):
        bay.shelf.reload()
    kept = bay.shelf.now.configuration.book.technicians
    again = Bay(bay.folder, bay.database)

    assert list(kept) == ["bob"]
    assert again.shelf.now.configuration.book.technicians == {}
    assert again.shelf.now.problem.startswith("revision 1 is not in force: applied technicians/bob")
    assert not again.shelf.follow()
    again.say(remove=frozenset({("technicians", "bob")}))
    assert again.shelf.follow()
    assert again.shelf.now.problem == ""


def test_where_each_entry_comes_from(bay: Bay) -> None:
    bay.write("desk.d", "skills: [{id: crm}]")
    bay.shelf.reload()
    bay.say("skills: [{id: sap, name: SAP}]")
    with bay.database.read() as uow:
        rows = list(list_entries(bay.shelf.now, uow.config.all(), "skills"))
    found = {one.id: one for one in rows}

    assert [one.id for one in rows[:2]] == ["sap", "crm"]
    assert found["sap"].source is Source.APPLIED
    assert found["crm"].source is Source.FILE
    assert found["windows"].source is Source.DEFAULT
    assert found["sap"].content == {"id": "sap", "name": "SAP"}
    assert found["sap"].applied is not None
    assert (found["sap"].applied.applied_by, found["sap"].applied.revision) == ("boss", 1)


def many(count: int) -> str:
    """Return a document with so many entries."""
    return "skills:\n" + "".join(f"- id: s{number}\n" for number in range(count))


def sized(size: int) -> str:
    """Return a document of so many bytes."""
    begin = "skills: [{id: sap}]\n#"
    return begin + "x" * (size - len(begin))


@pytest.mark.parametrize(
    ("read", "error"),
    [
        pytest.param(lambda: sized(MAX_DOCUMENT_BYTES), None, id="1-MiB"),
        pytest.param(
            lambda: sized(MAX_DOCUMENT_BYTES + 1), "team.yaml: is larger than 1024 KiB", id="more"
        ),
        pytest.param(lambda: many(MAX_ENTRIES), None, id="ten-thousand"),
        pytest.param(lambda: many(MAX_ENTRIES + 1), "entry 10001; at most 10000", id="one-more"),
        pytest.param(lambda: "a: b: c", "team.yaml:1: is not YAML", id="no-yaml"),
        pytest.param(lambda: "skills:\n\t- id: a", "team.yaml:2: is not YAML", id="tab"),
        pytest.param(lambda: "skils: []", "unknown key 'skils'; did you mean 'skills'", id="kind"),
        pytest.param(
            lambda: "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join("[" * 30), "is not YAML", id="bomb"
        ),
        pytest.param(
            lambda: "skills:\n- {id: a}\n- {id: a}",
            "team.yaml:3: skill a: is there already, at team.yaml:2",
            id="twice",
        ),
    ],
)
def test_the_limits_of_a_document(read: Callable[[], str], error: str | None) -> None:
    text = read()
    if error is None:
        assert read_documents([Document(name="team.yaml", text=text)]) != empty_layer()
        return
    with pytest.raises(InvalidError, match=error):
        read_documents([Document(name="team.yaml", text=text)])


def test_how_many_documents_there_may_be() -> None:
    document = Document(name="x", text="")
    assert read_documents([document] * MAX_DOCUMENTS) == empty_layer()
    with pytest.raises(InvalidError, match="101 documents; at most 100"):
        read_documents([document] * (MAX_DOCUMENTS + 1))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("technicians: [{login: a, skills: {cobol: 1}}]", "has no 'cobol'", id="skill"),
        pytest.param(
            "calendars: [{id: never, zone: UTC, week: {}}]",
            "team.yaml:1: calendar never: week: has 0 minutes of working time",
            id="calendar-without-working-time",
        ),
        pytest.param(
            'calendars: [{id: c, zone: UTC, week: {mon: ["08:00-12:00", "11:00-13:00"]}}]',
            "08:00-12:00 and 11:00-13:00 overlap",
            id="overlapping-intervals",
        ),
        pytest.param("rules: [{id: disk.full.warn, urgancy: 1}]", "did you mean 'urgency'", id="r"),
        pytest.param("technicians: [{login: a, capacity: .inf}]", "capacity|number", id="infinite"),
        pytest.param(
            "categories: [{id: sport}]", "there are 11 categories; at most 10", id="categories"
        ),
        pytest.param(
            "categories: [{id: other, subcategories: [a, b, c, d, e, f]}]",
            "at most 5 items, not 6",
            id="sub-categories",
        ),
        pytest.param(
            "rules: [{id: disk.full.warn, subcategory: spaces}]",
            "category storage has no 'spaces'; did you mean 'space'",
            id="sub-category-of-a-rule",
        ),
    ],
)
def test_what_would_be_wrong_in_force_is_refused_whole(bay: Bay, text: str, error: str) -> None:
    with pytest.raises(InvalidError, match=error):
        bay.say(text)
    with bay.database.read() as uow:
        assert (uow.config.revision(), uow.config.all()) == (0, [])


def test_another_category_is_a_category_everywhere(bay: Bay) -> None:
    """Services, policies and rules may name it; one that is switched off they may not."""
    bay.say(
        "categories: [{id: power, enabled: false}, {id: facility, subcategories: [door]}]\n"
        "services: [{id: door, kind: incident, category: facility, tier: L1}]\n"
        f"policies: [{{id: door, category: [facility], response: {TERM}}}]\n"
        "rules: [{id: disk.full.warn, category: facility, subcategory: door}]\n"
        "routing: [{id: door, category: [facility], tier: L2}]\n"
    )
    bay.shelf.follow()
    book = bay.shelf.now.configuration.book

    assert book.categories["facility"].subcategories == ("door",)
    assert book.services["door"].category == "facility"
    assert len(book.categories) == 10
    with pytest.raises(InvalidError, match="categories has no 'power'"):
        bay.say("services: [{id: x, kind: incident, category: power, tier: L1}]")


def test_a_secret_is_neither_in_the_diff_nor_in_the_audit(bay: Bay) -> None:
    """That it changed is said."""
    hook = "channels: [{{id: chat, kind: slack, url: 'https://hooks.example.org/{key}'}}]"
    bay.say(hook.format(key="one"))
    done = bay.say(hook.format(key="two"))
    event = bay.audit()[-1]

    assert [(one.key, one.before, one.after) for one in done.plan.changes[0].fields] == [
        ("url", "(hidden)", "(hidden)")
    ]
    assert (event.before, event.after) == ({"url": "(hidden)"}, {"url": "(hidden)"})
    assert all("hooks.example.org" not in str(one) for one in bay.audit())


def test_an_alert_rule_may_name_a_tier_of_the_site(bay: Bay) -> None:
    """One that is not there is refused, with what there is."""
    with pytest.raises(InvalidError, match=r"rule disk.full.warn: tier: 'NOC' is not allowed"):
        bay.say("rules: [{id: disk.full.warn, tier: NOC}]")
    bay.say("tiers: [{id: NOC, queue: noc}]\nrules: [{id: disk.full.warn, tier: NOC}]")
    bay.shelf.follow()

    assert bay.shelf.rules().rules["disk.full.warn"].tier == "NOC"
