"""`/api/v1/alerts`: what was measured to be wrong, with tickets or kept quiet."""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.alerts.matcher import PATTERN_LIMIT
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import AlertId
from sickbay_collector.services.alert_lookups import AlertPosition, alert_detail, list_alerts
from sickbay_collector.services.alert_ports import AlertFilter
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.web.api.alert_schema import AlertDetailSchema, AlertItem, AlertList
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    Moment,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.auth import AlertsRead
from sickbay_collector.web.context import Context

ID_LIMIT = 64
"""Characters of an id in a request; an id has 36."""

router = APIRouter(prefix="/alerts", tags=["alerts"])


Id = Annotated[str, Path(max_length=ID_LIMIT)]
"""Of an alert."""


class AlertStatus(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    CLEARING = "clearing"
    CLOSED = "closed"
    SUPPRESSED = "suppressed"
    """It would have opened, but another alert or a grace kept it from that."""


class AlertQuery(Body):
    """Which alerts to list."""

    status: frozenset[AlertStatus] = frozenset()
    suppressed: bool | None = None
    """Only those that were kept from opening a ticket, or only others."""
    device: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    """Id or host name."""
    rule: Annotated[str, Field(max_length=PATTERN_LIMIT)] = ""
    """Id of the rule."""
    urgency: frozenset[Annotated[int, Field(ge=1, le=3)]] = frozenset()
    """1 is the highest."""
    since: Moment | None = None
    """Only those that opened then or later."""
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "",
    responses={
        **problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    },
)
def get_alerts(
    context: Context,
    _principal: AlertsRead,
    request: Request,
    response: Response,
    query: Annotated[AlertQuery, Query()],
) -> AlertList:
    """List alerts, newest first; those that open no ticket say why."""
    with context.open_reads() as uow:
        wanted = AlertFilter(
            statuses=frozenset(one.value for one in query.status),
            suppressed=query.suppressed,
            device_id=find_device(uow, query.device).device_id if query.device else None,
            rule_id=query.rule,
            urgencies=query.urgency,
            opened_since=query.since,
        )
        page = list_alerts(uow, wanted, limit=query.limit, after=alert_position(query.cursor))
    following = None
    if page.next:
        following = encode_cursor([page.next[0].isoformat(), page.next[1]])
    link_next(request, response, following)
    return AlertList(items=tuple(AlertItem.of(row) for row in page.rows), next_cursor=following)


@router.get(
    "/{alert}",
    responses={**problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def get_alert(context: Context, _principal: AlertsRead, alert: Id) -> AlertDetailSchema:
    """Show one alert with its evidence, its rule and what happened to it."""
    with context.open_reads() as uow:
        return AlertDetailSchema.of_detail(alert_detail(uow, AlertId(alert), context.rules()))


def alert_position(cursor: str | None) -> AlertPosition | None:
    """Return where a page of alerts begins; None for the first.

    Raises:
        InvalidError: The cursor is none of ours.
    """
    if cursor is None:
        return None
    opened_at, alert_id = decode_cursor(cursor, (str, str))
    try:
        at = datetime.fromisoformat(str(opened_at))
    except ValueError as error:
        raise InvalidError("cursor: it belongs to another list") from error
    if at.tzinfo is None:
        raise InvalidError("cursor: it belongs to another list")
    return at, AlertId(str(alert_id))
