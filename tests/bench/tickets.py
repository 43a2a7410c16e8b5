"""What a list of tickets takes at the API with 10,000 open ones, by each filter and order."""

import math
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles

from sqlalchemy import Engine
from starlette.testclient import TestClient

from sickbay_collector import __version__
from sickbay_collector.bootstrap import new_id, utc_now
from sickbay_collector.core.desk.sla import SlaClock, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.live import read_marks
from sickbay_collector.db.reads import count_devices
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access import Role, TokenWish, make_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.glances import Glances
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.sign_in import SignIn
from sickbay_collector.web.app import make_api
from sickbay_collector.web.context import Joining, WebContext
from sickbay_collector.web.live import Live
from tests.bench.many_tickets import databases, settle
from tests.collector.clinic import FAST_HASHER

OPEN_TICKETS = 10_000
READS = 20
_QUERIES = (
    "active=true",
    "status=pending_vendor",
    "active=true&kind=request",
    "active=true&source=phone",
    "active=true&priority=urgent",
    "active=true&tier=L3",
    "active=true&queue=queue-3",
    "active=true&assignee=user-7",
    "active=true&assignee=none",
    "active=true&requester=person-77",
    "active=true&site=site-9",
    "active=true&category=network",
    "active=true&major=true",
    "active=true&text=ticket+9999",
    "active=true&text=nothing+like+it",
    "active=true&sort=due",
    "active=true&sort=priority",
    "active=true&sort=due&site=site-9&priority=low",
)


def measure() -> dict[str, float]:
    """Return the 95th percentile of the slowest list, milliseconds, on both databases."""
    with databases() as engines:
        return {
            f"{prefix}ticket_list_p95_ms": max(list_ms(engine).values())
            for prefix, engine in engines.items()
        }


def list_ms(engine: Engine) -> dict[str, float]:
    """Return the 95th percentile by query, milliseconds, on an empty database."""
    open_writes, now = open_unit_of_work(engine), utc_now()
    with open_writes(within_s=math.inf) as uow:
        for place in range(OPEN_TICKETS):
            _add(uow, place, now)
        wish = TokenWish(user="ada", role=Role.READER, lifetime=None)
        token = make_api_token(uow, wish, by=By(at=now), new_id=new_id)
        uow.commit()
    settle(engine)
    open_reads, nowhere = open_read_only(engine), Path("/nonexistent")
    places = Places(rules=nowhere, sla=nowhere, desk=nowhere)
    sign_in = SignIn(open_reads, open_writes, FAST_HASHER)
    context = WebContext(
        open_reads=open_reads,
        open_writes=open_writes,
        list_devices=partial(list_devices, engine),
        clock=utc_now,
        new_id=new_id,
        started_at=now,
        version=__version__,
        rules=partial(load_rules, ()),
        count_devices=partial(count_devices, engine),
        sign_in=sign_in,
        is_secure=False,
        shelf=Shelf(places, open_reads, utc_now, lambda _: None),
        joining=lambda: Joining(collector="", enrollment="", fingerprint=""),
        glances=Glances(time.monotonic),
        live=Live(partial(read_marks, engine), sign_in.still_in),
    )
    with TestClient(make_api(context)) as client:
        client.headers["Authorization"] = f"Bearer {token.secret}"
        return {query: _p95_ms(client, query) for query in _QUERIES}


def _p95_ms(client: TestClient, query: str) -> float:
    took: list[float] = []
    for _ in range(READS):
        began = time.perf_counter()
        client.get(f"/api/v1/tickets?{query}").raise_for_status()
        took.append((time.perf_counter() - began) * 1000)
    return quantiles(took, n=20)[-1]


def _add(uow: UnitOfWork, place: int, now: datetime) -> None:
    ticket = uow.tickets.insert_open(_ticket(place, now))
    assert ticket is not None
    for target in SlaTarget:
        uow.sla.save(
            SlaClock(
                ticket_id=ticket.ticket_id,
                target=target,
                state=SlaState.RUNNING,
                policy="p",
                calendar="always",
                within_s=3600.0,
                due_at=now + timedelta(seconds=place * 7919 % 100_000),
                next_at=now + timedelta(days=9),
                warned_at=None,
                breached_at=None,
                stopped_at=None,
                book="b",
            )
        )


def _ticket(place: int, now: datetime) -> Ticket:
    statuses = sorted(ACTIVE)
    return Ticket(
        ticket_id=TicketId(new_id()),
        number=0,
        version=1,
        device_id=None,
        family=None,
        source=TicketSource.PHONE if place % 3 else TicketSource.PORTAL,
        kind=TicketKind.REQUEST if place % 4 else TicketKind.INCIDENT,
        status=TicketStatus(statuses[place % len(statuses)]),
        title=f"Ticket {place} of somebody",
        description="In the requester's words. " * 20,
        category="network" if place % 10 else "software",
        priority=tuple(Priority)[place % 4],
        impact=2,
        urgency=2,
        priority_reason="",
        requester=f"person-{place % 500}",
        site=f"site-{place % 40}",
        tier=f"L{place % 3 + 1}",
        queue=f"queue-{place % 12}",
        routing_reason="",
        assignee=f"user-{place % 60}" if place % 5 else "",
        major=place % 1000 == 0,
        runbook="",
        reopen_window_s=0.0,
        opened_at=now - timedelta(seconds=place * 61),
        acknowledged_at=None,
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        resolution="",
    )
