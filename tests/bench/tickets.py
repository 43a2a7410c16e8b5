"""What lists of tickets take with 10,000 open ones of 100,000, by each filter and order.

The API's list, and the console's list, board and home, in a process that does nothing else.
"""

import gc
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from sickbay_collector.core.desk.sla import SlaClock, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_tables import ticket as table
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access import Role
from tests.bench.looks import Took, p95
from tests.bench.many_tickets import book, databases, settle, ticket_id, write
from tests.collector.clinic import NOW, Clinic
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, add_accounts

TICKETS = 100_000
OPEN_TICKETS = 10_000
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
    "text=ticket+9999",
    "text=nothing+like+it",
    "sort=due",
    "sort=priority",
    "requester=person-77",
    "assignee=nobody-like-it",
)
_PAGES = (
    "",
    "show=mine",
    "show=unassigned&sort=priority",
    "sort=due",
    "show=all",
    "show=all&text=nothing+like+it",
    "view=board",
    "view=board&tier=L2&sort=due",
)


def measure() -> dict[str, float]:
    """Return the 95th percentiles of the slowest list and page, ms, on both databases."""
    figures: dict[str, float] = {}
    with databases() as engines:
        for prefix, engine in engines.items():
            took = _took(engine)
            for path, one in sorted(took.items(), key=lambda pair: -pair[1].cpu_ms):
                sys.stderr.write(
                    f"bench: {prefix}{one.wall_ms:6.1f} ms, {one.cpu_ms:.1f} of CPU, {path}\n"
                )
            lists = [one for path, one in took.items() if path.startswith("/api/")]
            pages = [one for path, one in took.items() if not path.startswith("/api/")]
            figures[f"{prefix}ticket_list_p95_ms"] = max(one.wall_ms for one in lists)
            figures[f"{prefix}ticket_list_cpu_ms"] = max(one.cpu_ms for one in lists)
            figures[f"{prefix}ticket_pages_p95_ms"] = max(one.wall_ms for one in pages)
            figures[f"{prefix}ticket_pages_cpu_ms"] = max(one.cpu_ms for one in pages)
    return figures


def _took(engine: Engine) -> dict[str, Took]:
    """Return what each path takes, on an empty database."""
    write(engine, table, map(_ticket, range(TICKETS)))
    write(engine, sla_clock, (clock for place in range(TICKETS) for clock in _clocks(place)))
    settle(engine)
    desk = book()
    clinic = Clinic(
        engine=engine,
        open_reads=open_read_only(engine, book=lambda: desk),
        open_writes=open_unit_of_work(engine, book=lambda: desk),
    )
    add_accounts(clinic)
    with TestClient(site_on(clinic.context()), follow_redirects=False) as client:
        form = {"login": Role.TECHNICIAN.value, "password": PASSWORD}
        client.post("/sign-in", data=form)
        paths = [f"/api/v1/tickets?{query}" for query in _QUERIES]
        paths += [f"/tickets?{query}" for query in _PAGES]
        paths += ["/"]
        client.get("/tickets").raise_for_status()
        # As the collector does when it starts: what stays is not looked through for garbage.
        gc.collect()
        gc.freeze()
        return {path: p95(client, path) for path in paths}


def _is_open(place: int) -> bool:
    return place % (TICKETS // OPEN_TICKETS) == 0


def _opened_at(place: int) -> datetime:
    return NOW - timedelta(seconds=place * 61)


def _clocks(place: int) -> Iterator[SlaClock]:
    is_open, opened_at = _is_open(place), _opened_at(place)
    for target in SlaTarget:
        yield SlaClock(
            ticket_id=ticket_id(place),
            target=target,
            state=SlaState.RUNNING if is_open else SlaState.MET,
            policy="p",
            calendar="always",
            within_s=3600.0,
            due_at=NOW + timedelta(seconds=place * 7919 % 100_000),
            next_at=NOW + timedelta(days=9) if is_open else None,
            warned_at=None,
            breached_at=None,
            stopped_at=None if is_open else opened_at + timedelta(hours=1),
            book="b",
        )


def _ticket(place: int) -> Ticket:
    statuses, is_open, opened_at = sorted(ACTIVE), _is_open(place), _opened_at(place)
    some = place // (TICKETS // OPEN_TICKETS)
    return Ticket(
        ticket_id=ticket_id(place),
        number=place + 1,
        version=1,
        device_id=None,
        family=None,
        source=TicketSource.PHONE if some % 3 else TicketSource.PORTAL,
        kind=TicketKind.REQUEST if some % 4 else TicketKind.INCIDENT,
        status=TicketStatus(statuses[some % len(statuses)]) if is_open else TicketStatus.CLOSED,
        title=f"Ticket {place} of somebody",
        description="In the requester's words. " * 20,
        category="network" if some % 10 else "software",
        priority=tuple(Priority)[some % 4],
        impact=2,
        urgency=2,
        priority_reason="",
        requester=f"person-{some % 500}",
        site=f"site-{some % 40}",
        tier=f"L{some % 3 + 1}",
        queue=f"queue-{some % 12}",
        routing_reason="",
        assignee=f"user-{some % 60}" if some % 5 else "",
        major=some % 1000 == 0,
        runbook="",
        reopen_window_s=0.0,
        opened_at=opened_at,
        acknowledged_at=None,
        resolved_at=None,
        closed_at=None if is_open else opened_at + timedelta(hours=9),
        reopen_count=0,
        resolution="",
    )
