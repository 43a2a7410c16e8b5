"""Problems and their incidents come back, and of a key one is not closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.inventory import SectionContent
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_ticket, add_devices, an_entry

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
