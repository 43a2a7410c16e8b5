"""How long it takes to decide who gets a ticket, with what is read for it, on SQLite.

500 rules of which the last fits, 200 technicians of one tier who all can have it, 10,000 open
tickets and as many resolved ones. Time is that of the process, which a busy machine stretches less.
"""

import gc
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.routing import RouteMatch, RoutingRule
from sickbay_collector.core.desk.technician import Technician
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketSource, TicketStatus
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.records import values
from sickbay_collector.db.ticket_tables import ticket as table
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.routing import place

RULES = 500
TECHNICIANS = 200
TICKETS = 20_000
DECISIONS = 20
ROUNDS = 5
_START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def measure() -> dict[str, float]:
    """Return milliseconds a decision."""
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'collector.db'}")
        upgrade(engine)
        with engine.begin() as connection:
            connection.execute(insert(table), [values(_ticket(n)) for n in range(1, TICKETS + 1)])
        book = _book()
        open_uow = open_unit_of_work(engine, book=lambda: book)
        best = [_round(open_uow) for _ in range(ROUNDS)]
        engine.dispose()
    return {"routing_decision_ms": round(min(best), 3)}


def _round(open_uow: OpenUnitOfWork) -> float:
    draft = _ticket(0)
    with open_uow() as uow:
        gc.collect()
        began = time.process_time()
        for _ in range(DECISIONS):
            placed = place(uow, draft, _START)
        spent = time.process_time() - began
    if not placed.assignee or placed.records[0].candidates != TECHNICIANS:
        raise RuntimeError(f"the bench routed to nobody: {placed.ticket.routing_reason}")
    return spent / DECISIONS * 1e3


def _book() -> DeskBook:
    asking = [
        RoutingRule(
            name=f"rule {number}",
            match=RouteMatch(
                families=(f"family{number}.*",) if number % 2 else (),
                words=tuple(f"word{number}x{part} of it" for part in range(10)),
            ),
            tier="L1",
            queue="service-desk",
        )
        for number in range(RULES - 1)
    ]
    rest = RoutingRule(name="rest", tier="L1", queue="service-desk", skills={"database": 2})
    return DeskBook(
        technicians={f"t{number:03}": _technician(number) for number in range(TECHNICIANS)},
        tiers={"L1": _tier()},
        routing=(*asking, rest),
    )


def _tier() -> TierSpec:
    return TierSpec(
        id="L1",
        name="L1",
        responsibilities=(),
        allowed_actions=(),
        time_limit_s=None,
        next="",
        queue="service-desk",
        triggers=(),
    )


def _technician(number: int) -> Technician:
    return Technician(
        login=f"t{number:03}",
        name="",
        email="",
        phone="",
        languages=("de", "en"),
        skills={"database": 2 + number % 4, "software": 3, "linux": 2},
        tiers=("L1",),
        sites=(),
        zone="UTC",
        capacity=200,
        manager="",
        hourly_cost=0.0,
        absences=(),
    )


def _ticket(number: int) -> Ticket:
    """Return a ticket: a draft for 0, every second one resolved."""
    done = number % 2 == 0
    return Ticket(
        ticket_id=TicketId(f"ticket-{number}"),
        number=number,
        version=1,
        device_id=None,
        family=None,
        source=TicketSource.PHONE,
        status=TicketStatus.RESOLVED if done else TicketStatus.ASSIGNED,
        title="The nightly import of the warehouse stops",
        description="It says that it waited too long. " * 40,
        category="software",
        priority=Priority.MEDIUM,
        impact=2,
        urgency=2,
        priority_reason="",
        tier="L1",
        queue="service-desk",
        routing_reason="",
        assignee=f"t{number // 2 % TECHNICIANS:03}" if number else "",
        runbook="",
        reopen_window_s=0.0,
        opened_at=_START + timedelta(seconds=number),
        acknowledged_at=None,
        resolved_at=_START if done else None,
        closed_at=None,
        reopen_count=0,
        resolution="",
    )
