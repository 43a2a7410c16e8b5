"""Alerts by state: what was measured to be wrong, and why some open no ticket."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from sickbay_collector.services.ports import AlertFilter
from sickbay_collector.services.quiet_lookups import list_alerts
from sickbay_collector.web.api.alerts import AlertStatus, alert_position
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.console.parts import Looks, Render
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 50


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    status: AlertStatus = AlertStatus.OPEN
    cursor: Cursor = None


@router.get("/alerts")
def get_alerts(
    context: Context, pages: Render, viewer: Looks, query: Annotated[ListQuery, Query()]
) -> Response:
    """List alerts of a state, newest first."""
    wanted = AlertFilter(statuses=frozenset({query.status.value}))
    with context.open_reads() as uow:
        page = list_alerts(uow, wanted, limit=_PAGE, after=alert_position(query.cursor))
    following = ""
    if page.next is not None:
        cursor = encode_cursor([page.next[0].isoformat(), page.next[1]])
        following = f"/alerts?{urlencode({'status': query.status, 'cursor': cursor})}"
    return pages.page(
        "alerts.html",
        viewer,
        {
            "now": context.clock(),
            "rows": page.rows,
            "query": query,
            "statuses": tuple(AlertStatus),
            "following": following,
        },
    )
