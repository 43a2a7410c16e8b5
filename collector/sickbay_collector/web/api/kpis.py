"""`/api/v1/kpis`: how the desk does, in figures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from sickbay_collector.core.desk.kpi import KpiGroup
from sickbay_collector.services.kpis import REPORT_S, desk_kpis
from sickbay_collector.web.api.base import Body, Moment, Schema, problems
from sickbay_collector.web.auth import KpisRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/kpis", tags=["kpis"])

_PERIOD = timedelta(days=28)


class KpiQuery(Body):
    """Which period, and what to tell apart by."""

    since: Moment | None = None
    """Its beginning; 28 days before its end where it is left out."""
    until: Moment | None = None
    """Its end, which is not in it; now where it is left out."""
    by: KpiGroup = KpiGroup.NONE


class KpiSchema(Schema):
    """The figures of one group. Null where there is nothing to divide by."""

    group: str
    """Empty for the whole desk, and for tickets that name no site or technician."""
    opened: int
    acknowledged: int
    resolved: int
    """Resolutions; a ticket that was opened again and resolved again counts twice."""
    auto_resolved: int
    """Of these, those that measurement resolved."""
    auto_resolved_ratio: float | None
    reopened: int
    reopen_ratio: float | None
    """Reopenings to resolutions."""
    escalated: int
    """Tickets that a higher tier got, each once."""
    closed: int
    escalation_ratio: float | None
    """Tickets that a higher tier got, to closed ones."""
    acknowledge_mean_s: float | None
    acknowledge_median_s: float | None
    resolve_mean_s: float | None
    """Calendar time from opening to resolution."""
    resolve_median_s: float | None
    resolve_sla_mean_s: float | None
    """The same in the working time of their targets; tickets without one are left out."""
    resolve_sla_median_s: float | None
    response_kept_ratio: float | None
    """Response targets that were met, to those that ended met or breached."""
    resolution_kept_ratio: float | None
    first_contact_ratio: float | None
    """Contacts that were resolved by who took them, without handing over or coming back within
    seven days, to contacts that were resolved."""
    backlog: int
    """Tickets that waited for somebody at the end of the period."""
    backlog_age_median_s: float | None
    backlog_oldest_s: float | None
    work_minutes: int
    """Of work that was booked."""
    cost_cents: Mapping[str, int]
    """What that work and the parts cost, in hundredths, by currency."""
    cost_per_ticket_cents: Mapping[str, int]
    """The same to each resolution."""


class KpiReport(Schema):
    """The figures of a period."""

    since: datetime
    until: datetime
    by: KpiGroup
    items: tuple[KpiSchema, ...]
    """By the name of the group."""


@router.get("", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_kpis(
    context: Context, _principal: KpisRead, query: Annotated[KpiQuery, Query()]
) -> KpiReport:
    """Show the desk's key figures over a period, by group where asked."""
    until = query.until or context.clock()
    since = query.since or until - _PERIOD
    with context.open_reads(within_s=REPORT_S) as uow:
        rows = desk_kpis(uow, since=since, until=until, by=query.by)
    items = tuple(KpiSchema.model_validate(row) for row in rows)
    return KpiReport(since=since, until=until, by=query.by, items=items)
