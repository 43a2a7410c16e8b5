"""`/api/v1/rotas`, `/coverage` and `/feeds`: who is on call, what is missing, and calendars."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.desk.call_order import call_order
from sickbay_collector.core.desk.staffing import Target
from sickbay_collector.core.desk.tiers_now import tiers_now
from sickbay_collector.services.coverage_lookups import (
    AHEAD,
    MAX_WEEKS,
    StaffingQuery,
    coverage_report,
    find_rota,
    near,
    rota_duties,
    staffing_report,
)
from sickbay_collector.services.feeds import make_feed, revoke_feed
from sickbay_collector.web.api.base import Body, Moment, problems
from sickbay_collector.web.api.coverage_schema import (
    CallOrderSchema,
    CoverageSchema,
    FeedList,
    FeedSchema,
    NewFeedSchema,
    RotaBrief,
    RotaDetail,
    RotaList,
    StaffingSchema,
    TiersNowSchema,
)
from sickbay_collector.web.auth import CoverageWrite, DeskRead, FeedReader
from sickbay_collector.web.calendar_feed import MEDIA_TYPE, rota_feed, technician_feed
from sickbay_collector.web.context import Context, WholeContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(tags=["coverage"])

GAP_LIMIT = 5000
"""Gaps of one answer."""
_MAX_DAYS = 366
_NO_ROTAS = "there are no rotas: add technicians and rotas, then apply them"
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

Name = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
At = Annotated[
    Moment | None, Query(description="When; now where it is left out. RFC 3339 with a time zone.")
]
Days = Annotated[int, Query(ge=1, le=_MAX_DAYS, description="How many days of duties to show.")]


class CoverageQuery(Body):
    """Which stretch of time to look at."""

    since: Annotated[Moment | None, Field(alias="from")] = None
    """From when on; now where it is left out."""
    until: Moment | None = None
    """Until when; four weeks on where it is left out, a year at most."""


class StaffingParams(Body):
    """What staff is asked for."""

    tier: Annotated[str, Field(max_length=64)] = ""
    """Only tickets of this tier."""
    weeks: Annotated[int, Field(ge=1, le=MAX_WEEKS)] = 12
    """How much of the past is looked at."""
    zone: Annotated[str, Field(max_length=64, pattern=r"^[\w+/-]+$")] = "UTC"
    """IANA name; where the wall clock hangs."""
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.8
    """Which share is answered in time."""
    within_min: Annotated[float, Field(gt=0, le=10_080)] = 15.0
    """In which time, minutes."""


class NewFeedBody(Body):
    """For whom a feed is."""

    login: Annotated[str, Field(min_length=1, max_length=64)]


@router.get("/rotas", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_rotas(context: Context, _principal: DeskRead, at: At = None) -> RotaList:
    """List rotas with who is on call."""
    now = context.clock()
    when = near(at or now, now)
    with context.open_reads() as uow:
        found = tuple(RotaBrief.of(uow.book, rota, when) for rota in uow.book.rotas.values())
    return RotaList(items=found, advice="" if found else _NO_ROTAS)


@router.get(
    "/rotas/{rota}.ics",
    response_class=Response,
    responses={**problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def get_rota_feed(context: WholeContext, _reader: FeedReader, rota: Name) -> Response:
    """Show a rota as a calendar, a week back and ten ahead."""
    with context.open_reads() as uow:
        found = find_rota(uow.book, rota)
        return Response(rota_feed(uow.book, found, context.clock()), media_type=MEDIA_TYPE)


@router.get(
    "/technicians/{login}.ics",
    response_class=Response,
    responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def get_technician_feed(context: WholeContext, reader: FeedReader, login: Name) -> Response:
    """Show a technician's own duties and shifts as a calendar."""
    if reader != login:
        raise ApiError(HTTPStatus.FORBIDDEN, "the feed token is for somebody else's calendar")
    with context.open_reads() as uow:
        return Response(technician_feed(uow.book, login, context.clock()), media_type=MEDIA_TYPE)


@router.get("/rotas/{rota}", responses={**_READ})
def get_rota(context: Context, _principal: DeskRead, rota: Name, days: Days = 28) -> RotaDetail:
    """Show a rota with its layers, overrides and duties to come."""
    now = context.clock()
    with context.open_reads() as uow:
        found = find_rota(uow.book, rota)
        duties = rota_duties(uow.book, found, now, now + timedelta(days=days))
        return RotaDetail.whole(uow.book, found, now, duties)


@router.get("/rotas/{rota}/on-call", responses={**_READ})
def get_on_call(
    context: Context, _principal: DeskRead, rota: Name, at: At = None
) -> CallOrderSchema:
    """Say who is told at a moment, why, and who next. The rota may be a tier's id too."""
    now = context.clock()
    with context.open_reads() as uow:
        return CallOrderSchema.of(call_order(uow.book, rota, near(at or now, now)))


@router.get("/coverage", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_coverage(
    context: Context, _principal: DeskRead, query: Annotated[CoverageQuery, Query()]
) -> CoverageSchema:
    """Show what is required and not there, ahead of time."""
    now = context.clock()
    since = near(query.since or now, now)
    with context.open_reads() as uow:
        book = uow.book
    report = coverage_report(context.gaps_ahead, book, since, query.until or since + AHEAD)
    return CoverageSchema.of(book, report, limit=GAP_LIMIT)


@router.get("/coverage/now", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_tiers_now(context: Context, _principal: DeskRead, at: At = None) -> TiersNowSchema:
    """Show who is there of each tier, on call and on shift."""
    now = context.clock()
    when = near(at or now, now)
    with context.open_reads() as uow:
        return TiersNowSchema.of(when, tiers_now(uow.book, when))


@router.get("/coverage/staffing", responses={**_READ})
def get_staffing(
    context: Context, _principal: DeskRead, query: Annotated[StaffingParams, Query()]
) -> StaffingSchema:
    """Suggest staff by hour of the week and by shift, from the past of tickets."""
    wanted = StaffingQuery(
        tier=query.tier,
        weeks=query.weeks,
        zone=query.zone,
        target=Target(ratio=query.ratio, within_min=query.within_min),
    )
    with context.open_reads() as uow:
        return StaffingSchema.of(staffing_report(uow, wanted, now=context.clock()))


@router.get("/feeds")
def get_feeds(context: Context, principal: CoverageWrite) -> FeedList:
    """List one's own feeds; an administrator sees everybody's."""
    with context.open_reads() as uow:
        found = uow.coverage.feeds()
    every = principal.may(Right.ACCOUNTS_WRITE)
    return FeedList(
        items=tuple(
            FeedSchema.model_validate(one) for one in found if every or one.login == principal.user
        )
    )


@router.post(
    "/feeds",
    status_code=HTTPStatus.CREATED,
    responses={
        **problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    },
)
def post_feed(context: Context, principal: CoverageWrite, body: NewFeedBody) -> NewFeedSchema:
    """Make a feed for a technician; its secret is shown once."""
    made = make_feed(
        context.open_writes,
        principal,
        login=body.login,
        now=context.clock(),
        new_id=context.new_id,
    )
    return NewFeedSchema.made(made.token, made.secret)


@router.delete("/feeds/{feed}", responses={**_READ})
def delete_feed(context: Context, principal: CoverageWrite, feed: Name) -> FeedSchema:
    """Revoke a feed; calendars that use it stop at once."""
    now = context.clock()
    token = revoke_feed(context.open_writes, principal, feed, now=now)
    return FeedSchema.model_validate(token)
