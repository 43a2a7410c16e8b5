"""What lies outside of a scope is like what is not there, in every query."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.access.scope import EVERYTHING, NOTHING, Reach, Scope, scope_of
from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import Person, PersonFilter
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.reads import count_devices
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.alert_ports import AlertFilter
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.lookups import DeviceFilter, Sort
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rule_ports import RuleTally
from sickbay_collector.services.tags import TagChange, tag_devices
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_clock, a_ticket, add_devices, an_alert
from tests.contract.test_problems import PROBLEM
from tests.contract.test_quiet import SILENCE

ADA, LEO = PersonId("p-ada"), PersonId("p-leo")
BERLIN, BERN = scope_of(sites=["berlin"]), scope_of(sites=["bern"])
LAB = scope_of(tags=["lab"])
BOTH = scope_of(sites=["berlin", "bern"])


@pytest.fixture
def desk(engine: Engine) -> Engine:
    """ONE is at Berlin and ada's, TWO at Bern, leo's and in the lab; each has what a device has."""
    stores = Stores(open=open_unit_of_work(engine), read=open_read_only(engine))
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        _place(uow, ONE, "berlin", ADA)
        _place(uow, TWO, "bern", LEO)
        uow.people.add(Person(person_id=ADA, name="Ada", site="berlin"))
        uow.people.add(Person(person_id=LEO, name="Leo", site="bern"))
        for name, device_id, asks in (("001", ONE, ADA), ("002", TWO, LEO)):
            problem = uow.problems.add(replace(PROBLEM, key=name, device_id=device_id))
            draft = a_ticket(name, device_id=device_id, requester=asks, opened_at=NOW)
            ticket = uow.tickets.insert_open(replace(draft, problem_id=problem.problem_id))
            assert ticket is not None
            uow.alerts.add(an_alert(name, device_id=device_id, ticket_id=ticket.ticket_id))
            uow.sla.save(a_clock(ticket))
        contact = a_ticket("003", device_id=None, family=None, site="bern", opened_at=NOW)
        assert uow.tickets.insert_open(contact) is not None
        uow.commit()
    change = TagChange(device_ids=frozenset({TWO}), add=frozenset({"lab"}), remove=frozenset())
    tag_devices(stores.open, change, actor="root", now=NOW)
    return engine


@pytest.mark.parametrize(
    ("scope", "devices", "tickets", "people"),
    [
        pytest.param(EVERYTHING, {ONE, TWO}, {1, 2, 3}, {ADA, LEO}, id="everything"),
        pytest.param(NOTHING, set(), set(), set(), id="nothing"),
        pytest.param(BOTH, {ONE, TWO}, {1, 2, 3}, {ADA, LEO}, id="two sites"),
        pytest.param(BERLIN, {ONE}, {1}, {ADA}, id="one site"),
        pytest.param(BERN, {TWO}, {2, 3}, {LEO}, id="a site with a contact"),
        pytest.param(LAB, {TWO}, {2}, {LEO}, id="a tag"),
        pytest.param(BERN.cut(LAB), {TWO}, {2}, {LEO}, id="a site and a tag"),
        pytest.param(BERLIN.cut(LAB), set(), set(), set(), id="areas that do not meet"),
        pytest.param(scope_of(person_id=ADA), {ONE}, {1}, {ADA}, id="what is one's own"),
        pytest.param(scope_of(person_id=ADA).cut(BERN), set(), set(), set(), id="own elsewhere"),
    ],
)
def test_every_list_holds_what_lies_in_the_scope(
    desk: Engine, scope: Scope, devices: set[str], tickets: set[int], people: set[str]
) -> None:
    with open_read_only(desk)(reach=_reach(scope)) as uow:
        first = {ticket.number: number for number, ticket in enumerate(_in_order(desk), start=1)}
        found = uow.tickets.search(TicketFilter(), TicketOrder.OPENED, limit=9)

        assert devices == {one.device_id for one in uow.devices.all()}
        assert devices == {one.device_id for one in uow.alerts.list(AlertFilter(), limit=9)}
        assert devices == set(uow.assets.load(None))
        assert tickets == {first[one.ticket.number] for one in found}
        assert people == {one.person_id for one in uow.people.list(PersonFilter(), limit=9)}
        is_own = scope.person_id is not None
        problems = uow.problems.list(limit=9)
        assert len(problems) == (0 if is_own else len(devices))


@pytest.mark.parametrize("scope", [BERLIN, BERN, LAB, BERN.cut(LAB)])
def test_a_foreign_object_is_not_there(desk: Engine, scope: Scope) -> None:
    mine, foreign = (ONE, TWO) if scope == BERLIN else (TWO, ONE)
    tickets = {one.device_id: one for one in _in_order(desk)}
    with open_read_only(desk)(reach=_reach(scope)) as uow:
        assert uow.devices.get(mine) is not None
        assert uow.devices.get(foreign) is None
        assert uow.tickets.by_number(tickets[mine].number) is not None
        assert uow.tickets.by_number(tickets[foreign].number) is None
        assert uow.alerts.of_device(foreign, limit=9) == []
        ids = [tickets[mine].ticket_id, tickets[foreign].ticket_id]
        assert {one.ticket_id for one in uow.sla.clocks(ids)} == {ids[0]}


def test_a_writer_writes_everything_and_looks_up_what_it_may_see(desk: Engine) -> None:
    """What follows from a write does not end at the scope: routing, problems, notices."""
    with open_unit_of_work(desk)(reach=_reach(BERLIN)) as uow:
        assert uow.devices.get(TWO) is not None
        assert uow.seen.devices.get(TWO) is None
        assert uow.seen.devices.get(ONE) is not None
        assert uow.seen.seen.devices.get(TWO) is None


def test_a_place_that_is_over_does_not_count(desk: Engine) -> None:
    """By hand ONE was at Bern, until yesterday; its import says Berlin."""
    with open_unit_of_work(desk)() as uow:
        said = replace(_claim(AssetField.SITE, "bern"), until=NOW - timedelta(days=1))
        put = (replace(said, source=Source.MANUAL),)
        assert uow.assets.save_all([AssetWrite(device_id=ONE, version=1, put=put, withdraw=())])
        uow.commit()

    for scope, is_there in ((BERLIN, True), (BERN, False)):
        with open_read_only(desk)(reach=_reach(scope)) as uow:
            assert (uow.devices.get(ONE) is not None) is is_there


def test_pages_and_counts_of_devices_hold_what_lies_in_the_scope(desk: Engine) -> None:
    page = list_devices(
        desk,
        DeviceFilter(),
        sort=Sort(),
        limit=9,
        after=None,
        now=NOW,
        started_at=NOW,
        reach=_reach(BERN),
    )
    counts = count_devices(desk, now=NOW, started_at=NOW, reach=_reach(BERN))

    assert [row.device.device_id for row in page.rows] == [TWO]
    assert page.rows[0].open_tickets == 1
    assert sum(counts.by_presence.values()) == 1


@pytest.mark.parametrize(("scope", "count"), [(EVERYTHING, 2), (BERN, 1), (NOTHING, 0)])
def test_what_rules_did_is_counted_of_the_scope(desk: Engine, scope: Scope, count: int) -> None:
    rule = an_alert().rule_id
    with open_read_only(desk)(reach=_reach(scope)) as uow:
        found = uow.rules.tallies(NOW - timedelta(days=1), [rule]).get(rule, RuleTally())

    assert (found.alerts, found.standing, found.tickets) == (count, count, count)


def _in_order(engine: Engine) -> Sequence[Ticket]:
    with open_read_only(engine)() as uow:
        return sorted(uow.tickets.list(limit=9), key=lambda one: one.number)


def _reach(scope: Scope) -> Reach:
    return Reach(scope=scope, at=NOW)


def _place(uow: UnitOfWork, device_id: DeviceId, site: str, owner: PersonId) -> None:
    put = (_claim(AssetField.SITE, site), _claim(AssetField.OWNER, owner))
    assert uow.assets.save_all([AssetWrite(device_id=device_id, version=0, put=put, withdraw=())])


def _claim(field: AssetField, value: str) -> Claim:
    return Claim(field=field, source=Source.IMPORTED, value=value, at=NOW, by="root")


@pytest.mark.parametrize(
    ("plain", "reaches"),
    [
        pytest.param({"site": ["bern"]}, True, id="its site"),
        pytest.param({"site": ["bern", "berlin"]}, False, id="another site too"),
        pytest.param({"site": ["*"]}, False, id="every site"),
        pytest.param({"device": ["*"]}, False, id="every device"),
        pytest.param({"device": [TWO]}, True, id="its device"),
        pytest.param({"device": [ONE, TWO]}, False, id="another device too"),
        pytest.param({"device": [TWO, "nobody"]}, False, id="a name that a device may get yet"),
        pytest.param({"rule": ["disk-full"]}, False, id="a rule"),
    ],
)
def test_quiet_is_kept_about_what_lies_in_the_scope(
    desk: Engine, *, plain: dict[str, list[str]], reaches: bool
) -> None:
    matcher = Matcher.of(plain)
    with open_unit_of_work(desk)(reach=_reach(BERN)) as uow:
        assert uow.seen.quiet.reaches(matcher) is reaches
        assert uow.quiet.reaches(matcher)
        silence = uow.quiet.add_silence(replace(SILENCE, matcher=matcher))
        uow.commit()

    with open_read_only(desk)(reach=_reach(BERN)) as uow:
        assert (uow.quiet.silence(silence.number) is not None) is reaches
        assert len(uow.quiet.silences(active_at=None, limit=9)) == reaches
        assert len(uow.quiet.book(NOW).silences) == 1
