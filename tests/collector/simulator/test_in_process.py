"""A fleet without gRPC: the collector's clock is the simulated one."""

from itertools import count

from sickbay_collector.core.desk.ticket import TicketSource
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.in_process import simulate_in_process
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Tally
from tests.fakes import FakeDatabase


def test_a_week_of_a_fleet_opens_tickets() -> None:
    """Some of sixty devices are ill, and the default rules notice."""
    database, tally, numbers = FakeDatabase(), Tally(60), count(1)
    plan = Plan(devices=60, minutes=7 * 1440, interval_s=1800, hours=Hours.ALWAYS)

    opened = simulate_in_process(
        plan, database.open, load_rules([]), lambda: f"id-{next(numbers)}", tally
    )

    with database.read() as uow:
        tickets = uow.tickets.list(limit=1000)
    assert (tally.acknowledged, tally.rejected) == (60 * 7 * 48, 0)
    assert opened == len(tickets) > 0
    assert {TicketSource.ALERT} == {ticket.source for ticket in tickets}
