"""Drives the ingest use case with a synthetic fleet: no gRPC, no certificates, no waiting."""

import time
from collections.abc import Callable

from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.simulator.feed import Feed
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.reports import due_reports
from sickbay_collector.simulator.tally import Tally


def simulate_in_process(
    plan: Plan,
    open_uow: OpenUnitOfWork,
    rules: RuleSet,
    new_id: Callable[[], str],
    tally: Tally,
) -> int:
    """Run a simulation on a database; return how many tickets were opened.

    Raises:
        StoreError: The database cannot be used.
    """
    span = plan.span(time.time())
    coming = due_reports(plan, span)
    feed = Feed(plan, coming, open_uow, lambda: rules, new_id, tally, since_s=span.since_s)
    opened = 0
    while feed.due_s is not None:
        opened += sum(event.kind is TicketEventKind.OPENED for event in feed.commit())
    return opened
