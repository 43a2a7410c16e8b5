"""Alerts by state: what was measured to be wrong, and why some open no ticket."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from sickbay_collector.core.alerts.matcher import PATTERN_LIMIT
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.ids import AlertId, DeviceId
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.alert_lookups import (
    AlertDetail,
    AlertPage,
    alert_detail,
    list_alerts,
)
from sickbay_collector.services.alert_ports import AlertFilter, AlertRecord
from sickbay_collector.services.device_history import HistorySeries, device_history
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rule_lookups import plain_rule
from sickbay_collector.services.rule_text import rule_yaml
from sickbay_collector.web.api.alerts import AlertStatus, Id, alert_position
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.console.allowed import AlertsRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import sentence
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 50
_CHART_METRICS = 3
_TABLE_ROWS = 48
# What is drawn around an alert, so that before and after can be compared.
_AROUND = timedelta(hours=6)
_LONGEST_CHART = timedelta(days=30)
_SINCE = MappingProxyType({"": None, "24h": 1, "7d": 7, "30d": 30})
_SHOWS = MappingProxyType(
    {
        "standing": frozenset({AlertStatus.OPEN, AlertStatus.CLEARING}),
        **{one.value: frozenset({one}) for one in AlertStatus},
        "all": frozenset(),
    }
)
_Show = Annotated[str, Field(pattern=f"^({'|'.join(_SHOWS)})$")]
_Urgency = Annotated[str, Field(pattern="^[1-3]?$")]
_Quiet = Annotated[str, Field(pattern="^(yes|no|)$")]


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    status: _Show = "standing"
    quiet: _Quiet = ""
    urgency: _Urgency = ""
    rule: Annotated[str, Field(max_length=PATTERN_LIMIT, pattern=r"^[^\x00]*$")] = ""
    device: Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")] = ""
    since: Annotated[str, Field(pattern=f"^({'|'.join(_SINCE)})$")] = ""
    cursor: Cursor = None

    def address(self, **changes: object) -> str:
        """Return the list's address with these things changed, from its beginning."""
        said = {**self.model_dump(exclude_defaults=True), "cursor": None, **changes}
        pairs = [(name, value) for name, value in said.items() if value not in {None, ""}]
        return f"/alerts?{urlencode(pairs)}" if pairs else "/alerts"

    def wanted(self, device_id: DeviceId | None, now: datetime) -> AlertFilter:
        """Return which alerts these are."""
        days = _SINCE[self.since]
        return AlertFilter(
            statuses=frozenset(one.value for one in _SHOWS[self.status]),
            suppressed={"yes": True, "no": False}.get(self.quiet),
            device_id=device_id,
            rule_id=self.rule,
            urgencies=frozenset({int(self.urgency)}) if self.urgency else frozenset(),
            opened_since=now - timedelta(days=days) if days else None,
        )


@router.get("/alerts")
def get_alerts(
    context: Context, pages: Render, viewer: AlertsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List alerts of a state, newest first."""
    now = context.clock()
    with context.open_reads() as uow:
        page, problem = _page(uow, query, now)
    following = ""
    if page.next is not None:
        following = query.address(cursor=encode_cursor([page.next[0].isoformat(), page.next[1]]))
    return pages.page(
        "alerts.html",
        viewer,
        {
            "now": now,
            "rows": page.rows,
            "problem": problem,
            "query": query,
            "shows": tuple(_SHOWS),
            "sinces": tuple(_SINCE),
            "rules": sorted(context.rules().rules),
            "following": following,
        },
    )


@router.get("/alerts/{alert}")
def get_alert(context: Context, pages: Render, viewer: AlertsRead, alert: Id) -> Response:
    """Show one alert: its evidence, its rule and what happened to it."""
    now = context.clock()
    with context.open_reads() as uow:
        detail = alert_detail(uow, AlertId(alert), context.rules())
        record, metrics = detail.row.alert, _metrics(detail)
        since, until = _stretch(record.since, record.closed_at or now, now)
        series = _history(uow, record, metrics, since, until)
    return pages.page(
        "alert.html",
        viewer,
        {
            "now": now,
            "detail": detail,
            "row": detail.row,
            "alert": record,
            "rule": rule_yaml(plain_rule(detail.rule_text)) if detail.rule_text else "",
            "labels": {one.metric: _label(one.metric) for one in detail.evidence},
            "metrics": metrics,
            "series": series,
            "since": since,
            "until": until,
        },
    )


def _page(uow: UnitOfWork, query: ListQuery, now: datetime) -> tuple[AlertPage, str]:
    """Return a page of the list; a device that nobody knows has none, and why is said."""
    try:
        device_id = find_device(uow, query.device).device_id if query.device else None
    except (NotFoundError, ConflictError) as error:
        return AlertPage(rows=(), next=None), sentence(error)
    after = alert_position(query.cursor)
    return list_alerts(uow, query.wanted(device_id, now), limit=_PAGE, after=after), ""


def _label(name: str) -> str:
    """Return what people call a metric; evidence may name one that this version does not have."""
    metric = METRICS.get(name)
    return metric.label if metric else name


def _metrics(detail: AlertDetail) -> tuple[str, ...]:
    """Return what to draw: the metrics of its readings, in order."""
    said = [one.metric for one in detail.row.alert.readings]
    said += [one.metric for one in detail.evidence]
    return tuple(one for one in dict.fromkeys(said) if one in METRICS)[:_CHART_METRICS]


def _history(
    uow: UnitOfWork,
    alert: AlertRecord,
    metrics: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[HistorySeries]:
    """Return the alert's own readings around it, for who has no script."""
    if not metrics:
        return []
    found = device_history(
        uow, alert.device_id, metrics, since=since, until=until, max_points=_TABLE_ROWS
    )
    return [one for one in found.series if one.instance in {"", alert.instance}]


def _stretch(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the time to draw: all of the alert and some around it, at most 30 days."""
    end = min(until + _AROUND, now)
    return max(since - _AROUND, end - _LONGEST_CHART), end
