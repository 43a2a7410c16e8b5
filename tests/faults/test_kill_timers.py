"""kill -9 of collectors while something is due all the time: each due event happens once.

Tickets are opened ahead of time, so that steps of escalations and targets fall due every few
milliseconds while collectors die and come back.
"""

import random
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Table, func, select

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.sla_policy import SlaPolicy, SlaTerm
from sickbay_collector.core.desk.ticket import Priority, TicketSource
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.escalation_tables import escalation_step
from sickbay_collector.db.notice_tables import outbox
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_tables import worklog
from sickbay_collector.db.timer_tables import timer
from sickbay_collector.services.book.load import load_book
from sickbay_collector.services.ticket_writes import insert_ticket
from sickbay_collector.storage import Storage
from tests.collector.desk_builders import a_ticket
from tests.faults.conftest import Say
from tests.faults.victim import Victim

DESK = """
technicians:
- {login: ann, tiers: [L1]}
escalations:
- id: soon
  steps:
  - {notify: technician, of: ann}
  - wait: 1s
  - {notify: technician, of: ann}
  - wait: 1s
  - {notify: technician, of: ann}
  - wait: 1s
  - raise_tier: true
"""
# Shorter than a document may promise; a ticket keeps the terms that it was given.
PROMISE = SlaPolicy(
    policy_id="soon",
    terms={
        SlaTarget.RESPONSE: SlaTerm(within_s=4.0, calendar="always"),
        SlaTarget.RESOLUTION: SlaTerm(within_s=6.0, calendar="always"),
    },
    pauses=frozenset(),
)
TOLD = (0, 2, 4)
"""Places of the pages among the steps of the policy."""
STEPS = (*TOLD, 6)
EACH = {"opened": 1, "escalation": len(TOLD) + 1, "escalated": 1, "sla_breached": 2}
"""Entries of a ticket's worklog; the last one of an escalation says that it is over."""
WARNED = "sla_warned"
"""At most once a target: one that is late already is not warned of any more."""
TICKETS_PER_S = 8
LIFE_S = (0.05, 0.9)
_DONE_S = 120.0
_HISTOGRAM = "sickbay_timer_lateness_seconds"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("database", "collectors"),
    [
        pytest.param("sqlite", 1, id="sqlite"),
        pytest.param("postgresql", 2, id="two on postgresql"),
    ],
)
def test_every_due_event_happens_once_after_kill_9(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    kills: int,
    say: Say,
    database: str,
    collectors: int,
) -> None:
    # Each life is a start of a whole collector, which takes seconds.
    kills = max(1, kills // 3)
    url = "" if database == "sqlite" else request.getfixturevalue("postgresql_url")
    began = time.monotonic()
    lateness: Counter[float] = Counter()
    with ExitStack() as stack:
        victims = [_victim(stack, tmp_path, number, url) for number in range(collectors)]
        storage = victims[0].storage(migrate=True)
        stack.callback(storage.engine.dispose)
        book = load_book([victims[0].folder / "desk.d"])
        storage.book.replace(replace(book, sla=replace(book.sla, policies=(PROMISE,))))
        tickets = _open_ahead(storage, count=10 + kills * TICKETS_PER_S // 2)
        _kill_and_start(victims, kills, lateness)
        _wait_until_done(storage)
        for victim in victims:
            lateness.update(_lateness(victim))
            victim.kill()
        lines = _counted(storage, worklog, tickets)
        told = _keys(storage)
        steps = _steps(storage)
    ran = sum(lateness.values())
    say(
        f"{collectors} on {database}: {kills} kills, {len(tickets)} tickets, {len(steps)} steps,"
        f" {sum(lines.values())} entries; {ran:g} timers counted, late at most"
        f" {_quantile(lateness, 0.5):g} s (p50), {_quantile(lateness, 0.99):g} s (p99),"
        f" {time.monotonic() - began:.0f} s"
    )

    expected = {(one, event): count for one in tickets for event, count in EACH.items()}
    assert expected == {key: count for key, count in lines.items() if key[1] in EACH}
    assert max((count for key, count in lines.items() if key[1] == WARNED), default=0) <= 2
    places = {(one, place) for one in tickets for place in STEPS}
    assert sorted(places) == sorted(steps)
    pages = {f"escalation:{one}:1:{place}:technician:ann" for one, place in places if place in TOLD}
    assert pages == {key for key in told if key.startswith("escalation:")}


def _victim(stack: ExitStack, folder: Path, number: int, url: str) -> Victim:
    home = folder / str(number)
    (home / "desk.d").mkdir(parents=True)
    (home / "desk.d" / "faults.yaml").write_text(DESK)
    return stack.enter_context(Victim(home, database_url=url, ca_dir=folder / "ca"))


def _open_ahead(storage: Storage, *, count: int) -> list[TicketId]:
    """Open tickets at moments to come, one after the other."""
    begin, made = utc_now() + timedelta(seconds=2), []
    with storage.open_uow() as uow:
        for number in range(count):
            ticket_id = TicketId(new_id())
            ticket = a_ticket(
                ticket_id=ticket_id,
                number=0,
                device_id=None,
                family=None,
                source=TicketSource.PHONE,
                priority=Priority.HIGH,
                opened_at=begin + timedelta(seconds=number / TICKETS_PER_S),
            )
            insert_ticket(uow, ticket, actor="ann", text="It is broken.")
            made.append(ticket_id)
        uow.commit()
    return made


def _kill_and_start(victims: list[Victim], kills: int, lateness: Counter[float]) -> None:
    rng = random.Random(kills)  # noqa: S311 - not for secrets
    for victim in victims:
        victim.start()
    for number in range(kills):
        time.sleep(rng.uniform(*LIFE_S))
        victim = victims[number % len(victims)]
        lateness.update(_lateness(victim))
        victim.kill()
        victim.start()


def _lateness(victim: Victim) -> Counter[float]:
    """Return how many timers of this life were how late, by the bounds of the histogram."""
    url = f"http://127.0.0.1:{victim.config.admin_port}/metrics"
    with urllib.request.urlopen(url, timeout=_DONE_S) as answer:
        text = answer.read().decode()
    below: Counter[float] = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == f"{_HISTOGRAM}_bucket":
                below[float(sample.labels["le"])] += int(sample.value)
    counts, before = Counter[float](), 0
    for bound in sorted(below):
        counts[bound], before = below[bound] - before, below[bound]
    return counts


def _quantile(counts: Counter[float], share: float) -> float:
    left = share * sum(counts.values())
    for bound in sorted(counts):
        left -= counts[bound]
        if left <= 0:
            return bound
    return float("inf")


def _wait_until_done(storage: Storage) -> None:
    deadline = time.monotonic() + _DONE_S
    while _first_due(storage) is not None:
        assert time.monotonic() < deadline, "something that is due is not done"
        time.sleep(0.1)


def _first_due(storage: Storage) -> datetime | None:
    """Return when the next of what is checked is due; a tier's hours are not waited for."""
    soon = utc_now() + timedelta(minutes=5)
    with storage.engine.connect() as connection:
        for column in (timer.c.due_at, sla_clock.c.next_at):
            first = select(func.min(column, type_=column.type)).where(column < soon)
            found: datetime | None = connection.execute(first).scalar()
            if found is not None:
                return found
    return None


def _counted(
    storage: Storage, table: Table, tickets: list[TicketId]
) -> Counter[tuple[TicketId, str]]:
    """Return how many entries of each kind each ticket has."""
    statement = select(table.c.ticket_id, table.c.event)
    with storage.engine.connect() as connection:
        rows = [(TicketId(one), str(event)) for one, event in connection.execute(statement)]
    return Counter(row for row in rows if row[0] in set(tickets))


def _keys(storage: Storage) -> set[str]:
    with storage.engine.connect() as connection:
        return set(connection.execute(select(outbox.c.key)).scalars())


def _steps(storage: Storage) -> list[tuple[TicketId, int]]:
    statement = select(escalation_step.c.ticket_id, escalation_step.c.position)
    with storage.engine.connect() as connection:
        return [(TicketId(one), int(place)) for one, place in connection.execute(statement)]
