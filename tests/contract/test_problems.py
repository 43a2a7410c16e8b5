"""Problems and their incidents come back, and of a key one is not closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.fleet import FleetAlert
from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.core.inventory import SectionContent
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_ticket, add_devices, an_alert, an_entry

DAY = timedelta(days=1)
PROBLEM = Problem(
    number=0,
    key="device|1|disk",
    family="disk.space",
    device_id=ONE,
    state=ProblemState.OPEN,
    title="größe",
    reason="",
    owner="",
    workaround="",
    known_error="",
    fix="",
    raised_at=NOW,
    resolved_at=None,
    closed_at=None,
)


def test_problems_come_back(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        first = uow.problems.add(PROBLEM)
        closed = replace(first, state=ProblemState.CLOSED, closed_at=NOW, resolved_at=NOW)
        uow.problems.save(closed)
        second = uow.problems.add(replace(PROBLEM, device_id=None))
        assert uow.problems.of_key(PROBLEM.key) == second
        assert uow.problems.of_key("other") is None
        uow.commit()

    with stores.read() as uow:
        assert list(uow.problems.list(limit=9)) == [second, closed]
        assert list(uow.problems.list(limit=9, before=second.number)) == [closed]
        assert list(uow.problems.list(states=[ProblemState.OPEN], limit=9)) == [second]
        assert uow.problems.by_number(first.number) == closed
        assert uow.problems.by_number(999) is None


def test_one_problem_of_a_key_is_not_closed(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.problems.add(PROBLEM)
        uow.commit()
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.problems.add(PROBLEM)


def test_failures_are_tickets_opened_and_reopened(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        mine = uow.tickets.insert_open(a_ticket("001", opened_at=NOW))
        other = uow.tickets.insert_open(a_ticket("002", device_id=TWO, opened_at=NOW))
        assert mine is not None
        assert other is not None
        uow.tickets.log(replace(an_entry(mine), event="opened", at=NOW - 2 * DAY))
        uow.tickets.log(replace(an_entry(mine), event="note", at=NOW))
        uow.tickets.log(replace(an_entry(mine), event="reopened", at=NOW))
        uow.tickets.log(replace(an_entry(other), event="opened", at=NOW - DAY))
        linked = replace(other, problem_id="7")
        assert uow.tickets.save(linked, expected_version=1)
        uow.commit()

    with stores.read() as uow:
        family = str(mine.family)
        opened = Failure(ticket_id=mine.ticket_id, device_id=ONE, at=NOW - 2 * DAY)
        theirs = Failure(ticket_id=other.ticket_id, device_id=TWO, at=NOW - DAY)
        reopened = replace(opened, at=NOW)
        since = NOW - 2 * DAY
        assert list(uow.problems.failures(family, since=since)) == [opened, theirs, reopened]
        assert list(uow.problems.failures(family, since=NOW - DAY)) == [theirs, reopened]
        assert list(uow.problems.failures("other", since=since)) == []
        assert list(uow.problems.incidents("7")) == [theirs]
        ids = [mine.ticket_id, other.ticket_id]
        assert list(uow.problems.unlinked(ids)) == [mine.ticket_id]


def test_facts_are_those_of_the_present_inventory(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        for model in ("X1", "X2"):
            content = SectionContent(kind="system", facts={"model": model}, rows={})
            uow.sections.put(model.encode(), content)
        uow.sections.attach(ONE, "system", b"X1", at=NOW - DAY)
        uow.sections.attach(ONE, "system", b"X2", at=NOW)
        uow.commit()

    with stores.read() as uow:
        assert uow.problems.facts() == {ONE: {"model": "X2"}}


def test_fleet_problem_comes_back_with_its_children(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        problem = uow.problems.add(
            replace(
                PROBLEM,
                device_id=None,
                rule_id="disk.full",
                parent_id=TicketId("parent"),
                factor="model",
                factor_value="X1",
            )
        )
        of_it = {"problem_id": problem.problem_id}
        waits = uow.tickets.insert_open(a_ticket("001", **of_it))
        over = a_ticket("002", device_id=TWO, status=TicketStatus.RESOLVED, **of_it)
        uow.tickets.insert_open(over)
        uow.tickets.insert_open(a_ticket("003", device_id=None, family=None, **of_it))
        uow.commit()
    assert waits is not None

    with stores.read() as uow:
        number = problem.problem_id
        assert uow.problems.by_number(problem.number) == problem
        assert list(uow.problems.children(number, active=True, limit=9)) == [waits]
        assert len(uow.problems.children(number, active=False, limit=9)) == 2
        assert len(uow.problems.children(number, active=False, limit=1)) == 1
        assert uow.problems.fleet_size() == 2


def test_alerts_of_a_rule_are_those_with_a_ticket(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        ticket = uow.tickets.insert_open(a_ticket("001"))
        assert ticket is not None
        mine = {"ticket_id": ticket.ticket_id, "suppressed_reason": "", "rule_id": "r"}
        uow.alerts.add(an_alert("1", **{**mine, "opened_at": NOW - 2 * DAY}))
        uow.alerts.add(an_alert("2", **{**mine, "opened_at": NOW}))
        uow.alerts.add(an_alert("3", **{**mine, "opened_at": NOW, "ticket_id": None}))
        muted = {**mine, "opened_at": NOW, "suppressed_reason": "silence 1"}
        uow.alerts.add(an_alert("4", **muted))
        uow.alerts.add(an_alert("5", **{**mine, "opened_at": NOW, "rule_id": "other"}))
        uow.commit()

    with stores.read() as uow:
        found = uow.problems.rule_alerts("r", since=NOW - DAY)
        assert list(found) == [FleetAlert(device_id=ONE, ticket_id=ticket.ticket_id, at=NOW)]
        assert len(uow.problems.rule_alerts("r", since=NOW - 2 * DAY)) == 2
        assert uow.problems.alert_count("r", since=NOW - 2 * DAY, until=NOW) == 1
        assert uow.problems.alert_count("r", since=NOW, until=NOW + DAY) == 2


def test_programs_are_versions_by_name(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    rows = {"spooler": {"version": "2.0", "source": "main"}, "nameless": {"source": "main"}}
    with stores.open() as uow:
        uow.sections.put(b"s", SectionContent(kind="software", facts={}, rows=rows))
        uow.sections.attach(ONE, "software", b"s", at=NOW)
        uow.commit()

    with stores.read() as uow:
        assert uow.problems.programs([ONE, TWO]) == {ONE: {"spooler": "2.0"}}
        assert uow.problems.programs([TWO]) == {}
        assert uow.problems.facts([ONE]) == {}
