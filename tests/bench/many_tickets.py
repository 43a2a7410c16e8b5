"""Desks with very many tickets, written straight into the tables of both databases."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, Table, insert, text

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.sla import (
    SlaClock,
    SlaEvent,
    SlaEventKind,
    SlaState,
    SlaTarget,
)
from sickbay_collector.core.desk.technician import Technician
from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.db.desk_ledger_tables import desk_fact
from sickbay_collector.db.engine import SQLITE, open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.records import Value, values
from sickbay_collector.db.sla_tables import sla_clock, sla_event
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.book.shipped import shipped_templates
from tests.kit.postgres import Cluster, programs

TICKETS = 100_000
PEOPLE = 500
TECHNICIANS = 200
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
_CATEGORIES = ("access", "hardware", "network", "software", "storage")
_ROWS_AT_ONCE = 5_000


@contextmanager
def databases() -> Iterator[Mapping[str, Engine]]:
    """Give both databases with the schema and nothing in it, by the prefix of their figures.

    PostgreSQL waits for the disk as in earnest, and is left out where it is not installed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-")))
        urls = {"": f"sqlite:///{folder}/collector.db"}
        found = programs()
        if found is not None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-pg-")))
            cluster = Cluster(place, found, durable=True)
            cluster.start()
            stack.callback(cluster.stop)
            urls["pg_"] = cluster.create()
        engines = {prefix: open_engine(url) for prefix, url in urls.items()}
        for engine in engines.values():
            stack.callback(engine.dispose)
            upgrade(engine)
        yield engines


def settle(engine: Engine) -> None:
    """Let PostgreSQL look at what was written, as its own upkeep would in time; SQLite has none."""
    if engine.dialect.name == SQLITE:
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # A store of 100,000 devices takes longer than a statement of the collector may.
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def book() -> DeskBook:
    """Return a desk of many technicians, with the texts that are shipped."""
    return DeskBook(
        technicians={f"t{number:03}": _technician(number) for number in range(TECHNICIANS)},
        templates={one.id: one for one in shipped_templates()},
    )


def add_open(engine: Engine) -> None:
    """Write people, and open tickets of theirs with a clock each that is not due."""
    with open_unit_of_work(engine)() as uow:
        uow.people.add_all([_person(number) for number in range(PEOPLE)])
        uow.commit()
    numbers = range(TICKETS)
    write(engine, ticket, (a_ticket(number) for number in numbers))
    write(engine, sla_clock, (_clock(number) for number in numbers))


def add_year(engine: Engine) -> None:
    """Write a year of tickets, nine of ten resolved, with all that counts of them."""
    numbers = range(TICKETS)
    write(engine, ticket, (_of_year(number) for number in numbers))
    write(engine, desk_fact, (fact for number in numbers for fact in _facts(number)))
    write(engine, sla_event, (_end(number) for number in numbers if number % 10))


def write(engine: Engine, table: Table, records: Iterable[Value]) -> None:
    """Write records straight into a table."""
    rows = map(values, records)
    with engine.begin() as connection:
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            connection.execute(insert(table), some)


def ticket_id(number: int) -> TicketId:
    """Return the id of one of the tickets."""
    return TicketId(f"0195b000-0000-7000-8000-{number:012d}")


def a_ticket(number: int) -> Ticket:
    """Return an open ticket, assigned; every second one has a requester."""
    return Ticket(
        ticket_id=ticket_id(number),
        number=number + 1,
        version=1,
        device_id=None,
        family=None,
        source=TicketSource.PHONE if number % 3 else TicketSource.PORTAL,
        kind=TicketKind.INCIDENT,
        status=TicketStatus.IN_PROGRESS,
        title=f"Ticket {number} of somebody",
        description="In the requester's words. " * 20,
        category=_CATEGORIES[number % len(_CATEGORIES)],
        priority=tuple(Priority)[number % 4],
        impact=2,
        urgency=2,
        priority_reason="",
        requester=f"person-{number % PEOPLE}" if number % 2 else "",
        site=f"site-{number % 40}",
        tier=f"L{number % 3 + 1}",
        queue=f"queue-{number % 12}",
        routing_reason="",
        assignee=f"t{number % TECHNICIANS:03}",
        runbook="",
        reopen_window_s=0.0,
        opened_at=NOW - timedelta(hours=4, seconds=number),
        acknowledged_at=NOW - timedelta(hours=3),
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        resolution="",
    )


def _of_year(number: int) -> Ticket:
    opened_at = NOW - YEAR * (number + 1) / (TICKETS + 1)
    plain = replace(a_ticket(number), opened_at=opened_at, acknowledged_at=None)
    if number % 10 == 0:
        return plain
    return replace(plain, status=TicketStatus.CLOSED, closed_at=opened_at + timedelta(hours=9))


def _facts(number: int) -> Iterator[DeskFact]:
    done = _of_year(number)
    yield _fact(done, FactKind.OPENED, 0.0)
    if number % 10:
        yield _fact(done, FactKind.ACKNOWLEDGED, 60.0 * (number % 200))
        yield _fact(done, FactKind.RESOLVED, 600.0 * (number % 50))
        yield _fact(done, FactKind.CLOSED, 9 * 3600.0)


def _fact(done: Ticket, kind: FactKind, elapsed_s: float) -> DeskFact:
    is_timed = kind in {FactKind.ACKNOWLEDGED, FactKind.RESOLVED}
    return DeskFact(
        ticket_id=done.ticket_id,
        kind=kind,
        at=done.opened_at + timedelta(seconds=elapsed_s),
        actor=done.assignee,
        ticket_kind=done.kind,
        source=done.source,
        priority=done.priority,
        tier=done.tier,
        category=done.category,
        site=done.site,
        technician=done.assignee,
        elapsed_s=elapsed_s if is_timed else None,
        sla_s=elapsed_s if kind is FactKind.RESOLVED else None,
    )


def _end(number: int) -> SlaEvent:
    done = _of_year(number)
    return SlaEvent(
        ticket_id=done.ticket_id,
        target=SlaTarget.RESOLUTION,
        at=done.opened_at + timedelta(hours=8),
        kind=SlaEventKind.STOP,
        reason="resolved",
        priority=done.priority,
        policy="",
        calendar="",
        within_s=None,
        outcome=SlaState.MET if number % 7 else SlaState.BREACHED,
    )


def _clock(number: int) -> SlaClock:
    return SlaClock(
        ticket_id=ticket_id(number),
        target=SlaTarget.RESOLUTION,
        state=SlaState.RUNNING,
        policy="high",
        calendar="office",
        within_s=4 * 3600.0,
        due_at=NOW + timedelta(hours=1),
        next_at=NOW + timedelta(minutes=30),
        warned_at=None,
        breached_at=None,
        stopped_at=None,
        book="1",
    )


def _person(number: int) -> Person:
    return Person(
        person_id=PersonId(f"person-{number}"),
        name=f"Person {number}",
        email=f"person-{number}@example.org",
        language="de" if number % 2 else "en",
    )


def _technician(number: int) -> Technician:
    return Technician(
        login=f"t{number:03}",
        name=f"Technician {number}",
        email=f"t{number:03}@example.org",
        phone="",
        languages=("de", "en"),
        skills={},
        tiers=("L1",),
        sites=(),
        zone="Europe/Berlin",
        capacity=200,
        manager="",
        hourly_cost=0.0,
        absences=(),
    )
