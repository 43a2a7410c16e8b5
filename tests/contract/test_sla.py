"""Ledgers are appended to, clocks are swept in order, and two that sweep get different ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, text

from sickbay_collector.core.desk.sla import (
    SlaClock,
    SlaEventKind,
    SlaState,
    SlaTarget,
)
from sickbay_collector.core.desk.ticket import Priority, Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sla_sweep import sweep
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_clock, a_line, a_ticket, add_devices

SOON = timedelta(minutes=1)


def add_tickets(stores: Stores, *names: str) -> list[Ticket]:
    """Store tickets of one device."""
    add_devices(stores, ONE)
    with stores.open() as uow:
        found = [uow.tickets.insert_open(a_ticket(name, family=None)) for name in names]
        uow.commit()
    return [ticket for ticket in found if ticket is not None]


def save(stores: Stores, *clocks: SlaClock) -> None:
    with stores.open() as uow:
        for clock in clocks:
            uow.sla.save(clock)
        uow.commit()


def test_ledger_comes_back_in_the_order_of_writing(stores: Stores) -> None:
    ticket, other = add_tickets(stores, "001", "002")
    written = [
        a_line(ticket),
        a_line(ticket, target=SlaTarget.RESOLUTION, at=NOW - SOON),
        a_line(
            ticket,
            kind=SlaEventKind.STOP,
            at=NOW - 2 * SOON,
            policy="",
            calendar="",
            within_s=None,
            outcome=SlaState.MET,
        ),
    ]
    with stores.open() as uow:
        for line in [*written, a_line(other)]:
            uow.sla.append(line)
        uow.commit()

    with stores.read() as uow:
        assert uow.sla.events(ticket.ticket_id) == written
        assert uow.sla.outcome_counts() == {(SlaTarget.RESPONSE, Priority.HIGH, SlaState.MET): 1}


def test_clock_is_written_over(stores: Stores) -> None:
    (ticket,) = add_tickets(stores, "001")
    stopped = a_clock(
        ticket, state=SlaState.MET, due_at=None, next_at=None, warned_at=NOW, stopped_at=NOW
    )
    save(stores, a_clock(ticket), a_clock(ticket, target=SlaTarget.RESOLUTION))
    save(stores, stopped)

    with stores.open() as uow:
        expected = [a_clock(ticket, target=SlaTarget.RESOLUTION), stopped]
        assert uow.sla.clocks([ticket.ticket_id]) == expected
        assert uow.sla.hold(ticket.ticket_id) == expected
        assert uow.sla.clocks([]) == []
        assert uow.sla.open_counts() == {(SlaTarget.RESOLUTION, SlaState.RUNNING): 1}


def test_many_are_read_and_written_at_once(stores: Stores) -> None:
    tickets = add_tickets(stores, "001", "002", "003")
    first, second, _ = tickets
    clocks = [a_clock(first), a_clock(second)]
    moved = [a_clock(one, state=SlaState.BREACHED, breached_at=NOW) for one in (first, second)]
    lines = [a_line(first), a_line(second), a_line(first, at=NOW + SOON)]
    with stores.open() as uow:
        for line in lines:
            uow.sla.append(line)
        for written in (clocks, moved, []):
            uow.sla.save_all(written)
        uow.commit()

    with stores.read() as uow:
        ids = [one.ticket_id for one in tickets]
        assert uow.sla.clocks(ids) == moved
        assert uow.sla.ledgers(ids) == {
            first.ticket_id: [lines[0], lines[2]],
            second.ticket_id: [lines[1]],
        }


def test_a_sweep_takes_the_same_statements_however_much_is_due(engine: Engine) -> None:
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    tickets = add_tickets(stores, "001", "002", "003", "004", "005", "006", "007", "008")
    counts = []
    for due in (tickets[:2], tickets[2:]):
        save(stores, *(a_clock(one, due_at=NOW - SOON, next_at=NOW - SOON) for one in due))
        with _statements(engine) as seen:
            assert sweep(stores.read, stores.open, NOW, lambda _: True) == len(due)
        counts.append(len([sql for sql, _ in seen if sql.startswith(("SELECT", "INSERT"))]))

    # What is next, what is due, tickets, clocks, watchers; then clocks, worklog, two of messages.
    assert counts == [9, 9]


def test_due_are_those_past_their_time_longest_first(stores: Stores) -> None:
    tickets = add_tickets(stores, "001", "002", "003", "004")
    late = [NOW - SOON, NOW - 2 * SOON, NOW, None]
    clocks = [a_clock(one, next_at=at) for one, at in zip(tickets, late, strict=True)]
    save(stores, *clocks)

    with stores.open() as uow:
        assert uow.sla.due(NOW, limit=9) == [clocks[1], clocks[0]]
        assert uow.sla.due(NOW, limit=1) == [clocks[1]]
        assert uow.sla.next_at() == NOW - 2 * SOON


def test_nothing_is_due_where_nothing_is_promised(stores: Stores) -> None:
    with stores.open() as uow:
        assert uow.sla.next_at() is None
        assert uow.sla.due(NOW, limit=9) == []
        assert uow.sla.book.policies == ()


def test_outdated_are_those_that_go_on_by_other_calendars(stores: Stores) -> None:
    tickets = add_tickets(stores, "001", "002", "003")
    old = a_clock(tickets[0])
    save(
        stores,
        old,
        a_clock(tickets[1], book="2"),
        a_clock(tickets[2], stopped_at=NOW, state=SlaState.MET),
    )

    with stores.open() as uow:
        assert uow.sla.outdated("2", limit=9) == [old]


@pytest.mark.parametrize("what", ["line", "clock"])
def test_ticket_must_be_there(stores: Stores, what: str) -> None:
    def write(uow: UnitOfWork) -> None:
        if what == "line":
            uow.sla.append(a_line(a_ticket("001")))
        else:
            uow.sla.save(a_clock(a_ticket("001")))
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        write(uow)


def test_two_that_sweep_at_once_get_different_clocks(postgresql: Engine) -> None:
    """And neither waits for a ticket that is being written."""
    stores = Stores(open_unit_of_work(postgresql), open_read_only(postgresql))
    with postgresql.begin() as connection:
        connection.execute(text("TRUNCATE device CASCADE"))
    tickets = add_tickets(stores, "001", "002", "003")
    save(stores, *(a_clock(one, next_at=NOW - SOON) for one in tickets))

    with stores.open() as one, stores.open() as other, stores.open() as writer:
        held = writer.sla.hold(tickets[0].ticket_id)
        first = one.sla.due(NOW, limit=1)
        rest = other.sla.due(NOW, limit=9)

    assert [clock.ticket_id for clock in held] == [tickets[0].ticket_id]
    assert [clock.ticket_id for clock in first] == [tickets[1].ticket_id]
    assert [clock.ticket_id for clock in rest] == [tickets[2].ticket_id]


def test_sweep_reads_a_range_of_an_index(engine: Engine) -> None:
    with _statements(engine) as seen, open_unit_of_work(engine)() as uow:
        uow.sla.due(NOW, limit=200)
    sql, parameters = seen[-1]

    with engine.connect() as connection:
        plan = _plan(connection, sql, parameters)

    assert "ix_sla_clock_next" in plan
    assert "next_at<?" in plan or "next_at <" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    seen: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, sql: str, parameters: object, *_rest: object) -> None:
        seen.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _plan(connection: Connection, sql: str, parameters: object) -> str:
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        # An empty table has no statistics: these are what a planner drops when it is large.
        for way in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {sql}", parameters)  # type: ignore[arg-type]
    return "\n".join(str(row) for row in rows)


def test_times_are_kept_to_the_microsecond(stores: Stores) -> None:
    (ticket,) = add_tickets(stores, "001")
    moment = datetime.fromisoformat("2026-11-22T10:00:00.000001+00:00")
    save(stores, a_clock(ticket, next_at=moment))

    with stores.read() as uow:
        assert uow.sla.next_at() == moment
