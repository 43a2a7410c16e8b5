"""Key figures of the desk over a period."""

from datetime import datetime, timedelta

from sickbay_collector.core.desk.kpi import RELAPSE, Kpi, KpiGroup, Ledger, reckon_kpis
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.ports import UnitOfWork

REPORT_S = 120.0
"""How long reading may take; a year of 100,000 tickets takes three seconds of CPU."""
MAX_PERIOD = timedelta(days=2 * 366)
"""The longest period of one report."""


def desk_kpis(
    uow: UnitOfWork, *, since: datetime, until: datetime, by: KpiGroup
) -> tuple[Kpi, ...]:
    """Return the figures from `since` to before `until`, a row for each group, by its name.

    Raises:
        InvalidError: The period is empty, or longer than two years.
    """
    if not since < until:
        raise InvalidError(
            "since %(since)s is not before until %(until)s",
            since=since.isoformat(),
            until=until.isoformat(),
        )
    if until - since > MAX_PERIOD:
        raise InvalidError(
            "the period has %(days)s days; the limit is two years", days=(until - since).days
        )
    ledger = Ledger(
        facts=uow.facts.lines(since, until + RELAPSE, by),
        sla_ends=uow.facts.sla_ends(since, until, by),
        spent=uow.facts.spent(since, until, by),
        waiting=uow.facts.waiting(until, by),
    )
    return reckon_kpis(ledger, by=by, since=since, until=until)
