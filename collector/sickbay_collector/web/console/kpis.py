"""The desk's key figures over a period, by group where asked, and as a file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from sickbay_collector.core.desk.coverage_days import day_begin
from sickbay_collector.core.desk.kpi import Kpi, KpiGroup
from sickbay_collector.services.kpis import REPORT_S, desk_kpis
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.allowed import KpisRead
from sickbay_collector.web.console.kpi_figures import FIGURES, as_sheet
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import N_
from sickbay_collector.web.console.wall_clock import Day, ZoneName, day_in, zone_of
from sickbay_collector.web.context import Context, WebContext

router = APIRouter()

_DAY = timedelta(days=1)
_PERIODS = (7, 28, 90, 365)
_GROUPS = {
    KpiGroup.NONE: N_("the whole desk"),
    KpiGroup.TIER: N_("by tier"),
    KpiGroup.CATEGORY: N_("by category"),
    KpiGroup.SITE: N_("by site"),
    KpiGroup.TECHNICIAN: N_("by technician"),
    KpiGroup.PRIORITY: N_("by priority"),
    KpiGroup.SOURCE: N_("by source"),
}


class KpiQuery(Body):
    """Which period, and what to tell apart by; it stands in the address."""

    days: Annotated[int, Field(ge=1, le=731)] = 28
    """Up to now, where no first day is named."""
    since: Annotated[Day, Field(alias="from")] = None
    """The first day."""
    until: Day = None
    """The last day; today where it is left out."""
    by: KpiGroup = KpiGroup.NONE
    zone: ZoneName = ""

    @property
    def link(self) -> str:
        """Return the query of this period, without what it is told apart by."""
        said: dict[str, object] = {"days": self.days}
        if self.since:
            said = {"from": self.since}
            said |= {"until": self.until} if self.until else {}
        return urlencode(said | ({"zone": self.zone} if self.zone else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` to before `until`, in UTC, with the days of a zone."""

    since: datetime
    until: datetime
    zone: ZoneInfo


@router.get("/kpis")
def get_kpis(
    context: Context, pages: Render, viewer: KpisRead, query: Annotated[KpiQuery, Query()]
) -> Response:
    """Show the figures of a period beside those of the one before, or by group."""
    period = _period(context, viewer.user, query)
    before: Kpi | None = None
    with context.open_reads(within_s=REPORT_S) as uow:
        rows = desk_kpis(uow, since=period.since, until=period.until, by=query.by)
        if query.by is KpiGroup.NONE:
            earlier = period.since - (period.until - period.since)
            (before,) = desk_kpis(uow, since=earlier, until=period.since, by=query.by)
    return pages.page(
        "kpis.html",
        viewer,
        {
            "figures": FIGURES,
            "groups": _GROUPS,
            "periods": _PERIODS,
            "period": period,
            "last": period.until - timedelta(microseconds=1),
            "query": query,
            "rows": rows,
            "before": before,
        },
    )


@router.get("/kpis.csv")
def get_sheet(context: Context, viewer: KpisRead, query: Annotated[KpiQuery, Query()]) -> Response:
    """Return the figures as a file."""
    period = _period(context, viewer.user, query)
    with context.open_reads(within_s=REPORT_S) as uow:
        rows = desk_kpis(uow, since=period.since, until=period.until, by=query.by)
    headers = {"Content-Disposition": 'attachment; filename="kpis.csv"'}
    return Response(as_sheet(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _period(context: WebContext, login: str, query: KpiQuery) -> Period:
    now = context.clock()
    with context.open_reads() as uow:
        zone = zone_of(uow.book, login, query.zone)
    until = day_begin(zone, day_in(query.until) + _DAY) if query.until else now
    since = day_begin(zone, day_in(query.since)) if query.since else until - query.days * _DAY
    return Period(since=since, until=until, zone=zone)
