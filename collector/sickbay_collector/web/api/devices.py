"""`/api/v1/devices`: the fleet, and one device from every side."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from sickbay_collector.services.device_detail import (
    SECTION_KINDS,
    device_detail,
    device_score,
    device_section,
)
from sickbay_collector.services.device_history import (
    MAX_METRICS,
    MAX_POINTS,
    device_changes,
    device_history,
)
from sickbay_collector.services.device_sheet import DeviceColumn
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.web.api.base import (
    Body,
    Limit,
    Moment,
    link_next,
    problems,
)
from sickbay_collector.web.api.device_query import DeviceQuery
from sickbay_collector.web.api.device_sheet import SheetStream, device_sheet
from sickbay_collector.web.api.schemas import (
    ChangeList,
    DeviceDetailSchema,
    DeviceItem,
    DeviceList,
    History,
    SectionSchema,
)
from sickbay_collector.web.api.score_schema import ScoreSchema
from sickbay_collector.web.auth import DevicesRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/devices", tags=["devices"])
files = APIRouter(tags=["devices"])

_DEFAULT_HISTORY = timedelta(days=1)
_DEFAULT_CHANGES = timedelta(days=30)
_METRIC_LIMIT = 64

Name = Annotated[
    str,
    Path(
        max_length=NAME_LIMIT,
        description="Id, host name, or the beginning of one device's host name.",
    ),
]
_NOT_FOUND = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class DeviceListQuery(DeviceQuery):
    """Which devices to list, and how."""

    limit: Limit = 50


class DeviceSheetQuery(DeviceQuery):
    """Which devices a file has, and what it says of them."""

    column: Annotated[tuple[DeviceColumn, ...], Field(max_length=len(DeviceColumn))] = tuple(
        DeviceColumn
    )
    """In this order; all of them unless some are named."""


@router.get("", responses={**_NOT_FOUND})
def get_devices(
    context: Context,
    _principal: DevicesRead,
    request: Request,
    response: Response,
    query: Annotated[DeviceListQuery, Query()],
) -> DeviceList:
    """List devices, worst first; retired ones only when their status is asked for."""
    page = context.list_devices(
        query.wanted(context),
        sort=query.sort,
        limit=query.limit,
        after=query.position(),
        now=context.clock(),
        started_at=context.started_at,
    )
    following = query.cursor_of(page.next)
    link_next(request, response, following)
    return DeviceList(items=tuple(DeviceItem.of(row) for row in page.rows), next_cursor=following)


@files.get(
    "/devices.csv", status_code=HTTPStatus.OK, response_class=SheetStream, responses={**_NOT_FOUND}
)
def get_devices_sheet(
    context: Context, _principal: DevicesRead, query: Annotated[DeviceSheetQuery, Query()]
) -> SheetStream:
    """Return the list as CSV, at most 100,000 rows; no cell begins a formula."""
    return device_sheet(context, query, tuple(dict.fromkeys(query.column)))


@router.get("/{device}", responses={**_NOT_FOUND})
def get_device(context: Context, _principal: DevicesRead, device: Name) -> DeviceDetailSchema:
    """Show everything about one device; its software only as a number."""
    with context.open_reads() as uow:
        detail = device_detail(
            uow, find_device(uow, device), now=context.clock(), started_at=context.started_at
        )
    return DeviceDetailSchema.of_detail(detail)


@router.get("/{device}/score", responses={**_NOT_FOUND})
def get_device_score(context: Context, _principal: DevicesRead, device: Name) -> ScoreSchema:
    """Show a device's health score with its whole explanation, as of now."""
    with context.open_reads() as uow:
        score = device_score(uow, find_device(uow, device), now=context.clock())
    return ScoreSchema.model_validate(score)


class HistoryQuery(Body):
    """Which readings to show."""

    metric: Annotated[
        list[Annotated[str, Field(max_length=_METRIC_LIMIT)]],
        Field(min_length=1, max_length=MAX_METRICS),
    ]
    """Metrics by name: `cpu.busy_ratio`."""
    since: Moment | None = None
    """Default: a day before `until`."""
    until: Moment | None = None
    """Default: now."""
    points: Annotated[int, Field(ge=1, le=MAX_POINTS)] = 200
    """Points of one series, at most."""


@router.get("/{device}/history", responses={**_NOT_FOUND})
def get_device_history(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    query: Annotated[HistoryQuery, Query()],
) -> History:
    """Show readings over time, each series summed up in at most so many points.

    Up to two days are made of samples, up to 92 of roll-ups by hour, more of roll-ups by day.
    """
    end = query.until or context.clock()
    start = query.since or end - _DEFAULT_HISTORY
    with context.open_reads() as uow:
        found = find_device(uow, device)
        history = device_history(
            uow,
            found.device_id,
            list(dict.fromkeys(query.metric)),
            since=start,
            until=end,
            max_points=query.points,
        )
    return History.model_validate(
        {
            "since": start,
            "until": end,
            "resolution": history.resolution,
            "series": history.series,
        }
    )


class ChangeQuery(Body):
    """Which changes to show."""

    since: Moment | None = None
    """Default: 30 days ago."""
    limit: Limit = 200


@router.get("/{device}/changes", responses={**_NOT_FOUND})
def get_device_changes(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    query: Annotated[ChangeQuery, Query()],
) -> ChangeList:
    """Show what changed in a device's inventory, newest first."""
    start = query.since or context.clock() - _DEFAULT_CHANGES
    with context.open_reads() as uow:
        found = find_device(uow, device)
        changes = device_changes(uow, found.device_id, since=start, limit=query.limit)
    return ChangeList.of(changes)


@router.get("/{device}/sections/{kind}", responses={**_NOT_FOUND})
def get_device_section(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    kind: Annotated[str, Path(max_length=32, pattern=f"^({'|'.join(SECTION_KINDS)})$")],
) -> SectionSchema:
    """Show one section of a device's inventory, whole."""
    with context.open_reads() as uow:
        section = device_section(uow, find_device(uow, device), kind)
    return SectionSchema.of(section)
