"""A demo is what a real week leaves behind: reports, alerts, tickets that people worked on."""

from datetime import UTC, datetime
from pathlib import Path

from sickbay_collector.bootstrap.clock import new_id
from sickbay_collector.config import load_config
from sickbay_collector.core.desk.ticket import TicketSource, TicketStatus
from sickbay_collector.core.person import PersonFilter
from sickbay_collector.simulator.demo.build import Demo
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.storage import open_storage

DEVICES = 10
WEEK_MINUTES = 7 * 1440
# On a Friday, so that a whole working week lies before.
NOW = datetime(2026, 11, 6, 18, tzinfo=UTC)


def test_a_week_of_a_company(tmp_path: Path) -> None:
    """Everybody has a device; who called was helped; nothing happens after the present."""
    config = load_config(None, {}, {"state_dir": tmp_path})
    storage = open_storage(config, migrate=True, durable=False)
    told: list[datetime] = []
    plan = Plan(devices=DEVICES, minutes=WEEK_MINUTES, interval_s=1800, seed=54, batch=24)
    made = Demo(config, storage, plan, new_id, NOW).make(told.append)
    with storage.open_reads() as uow:
        tickets = uow.tickets.list(limit=1000)
        people = uow.people.list(PersonFilter(), limit=1000)
        waiting = uow.outbox.waiting()
    storage.engine.dispose()

    assert made.samples > DEVICES * 5 * 12
    assert (made.devices, made.tickets, len(people)) == (DEVICES, len(tickets), DEVICES)
    assert 0 < made.contacts < made.tickets
    assert TicketSource.ALERT in {one.source for one in tickets}
    assert {one.status for one in tickets} & {TicketStatus.RESOLVED, TicketStatus.CLOSED}
    assert all(one.opened_at <= NOW for one in tickets)
    assert told[-1] == NOW == max(told)
    assert waiting.count == 0
