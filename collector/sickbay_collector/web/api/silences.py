"""`/api/v1/silences`: alerts that are known and open no ticket until a named time."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.services.quiet_lookups import preview
from sickbay_collector.services.silences import (
    add_silence,
    expire_silence,
    extend_silence,
    find_silence,
)
from sickbay_collector.services.windows import SHOWN
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.quiet_schema import (
    ExtendBody,
    PreviewBody,
    PreviewSchema,
    SilenceBody,
    SilenceDetail,
    SilenceList,
    SilenceSchema,
    muted_items,
)
from sickbay_collector.web.auth import AlertsRead, QuietWrite
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/silences", tags=["quiet"])

# What a database counts up to.
NUMBER_LIMIT = 2**53
Number = Annotated[int, Path(ge=1, le=NUMBER_LIMIT)]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_ADD = problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_LIST = problems(HTTPStatus.UNPROCESSABLE_ENTITY)


class SilenceQuery(Body):
    """Which silences to list."""

    active: bool = True
    """Only those in force; false for all."""
    over: bool = False
    """Only those that are over; wins over `active`."""
    limit: Limit = 50
    cursor: Cursor = None


@router.get("", responses={**_LIST})
def get_silences(
    context: Context,
    _principal: AlertsRead,
    request: Request,
    response: Response,
    query: Annotated[SilenceQuery, Query()],
) -> SilenceList:
    """List silences, newest first."""
    now = context.clock()
    with context.open_reads() as uow:
        found = uow.quiet.silences(
            active_at=now if query.active and not query.over else None,
            over_at=now if query.over else None,
            limit=query.limit + 1,
            before=number_before(query.cursor),
        )
    page = found[: query.limit]
    following = encode_cursor([page[-1].number]) if len(found) > query.limit else None
    link_next(request, response, following)
    items = tuple(SilenceSchema.of(one, now) for one in page)
    return SilenceList(items=items, next_cursor=following)


@router.post("", status_code=HTTPStatus.CREATED, responses={**_ADD})
def post_silence(context: Context, principal: QuietWrite, body: SilenceBody) -> SilenceSchema:
    """Keep alerts from opening tickets until a time."""
    now = context.clock()
    added = add_silence(
        context.open_writes,
        matcher=body.matcher.matcher(),
        reason=body.reason,
        ends_at=body.ends_at,
        user=principal.user,
        now=now,
    )
    return SilenceSchema.of(added, now)


@router.post("/preview", responses={**_LIST})
def post_silence_preview(
    context: Context, _principal: AlertsRead, body: PreviewBody
) -> PreviewSchema:
    """Show what a silence would hide, and what it would have hidden in the last seven days."""
    matcher = body.matcher.matcher()
    with context.open_reads() as uow:
        return PreviewSchema.of(preview(uow, matcher, context.rules(), now=context.clock()))


@router.get("/{number}", responses={**_READ})
def get_silence(context: Context, _principal: AlertsRead, number: Number) -> SilenceDetail:
    """Show a silence and what it muted."""
    with context.open_reads() as uow:
        silence = find_silence(uow, number)
        muted = tuple(uow.quiet.muted_by(MuteSource.SILENCE, number, limit=SHOWN))
    plain = SilenceSchema.of(silence, context.clock())
    return SilenceDetail(**dict(plain), muted=muted_items(muted))


@router.post("/{number}/expire", responses={**_WRITE})
def post_expire(context: Context, principal: QuietWrite, number: Number) -> SilenceSchema:
    """End a silence now; its alerts that are still true open their tickets."""
    now = context.clock()
    after = expire_silence(context.open_writes, number, user=principal.user, now=now)
    return SilenceSchema.of(after, now)


@router.post("/{number}/extend", responses={**_WRITE})
def post_extend(
    context: Context, principal: QuietWrite, number: Number, body: ExtendBody
) -> SilenceSchema:
    """Let a silence end at another time."""
    now = context.clock()
    after = extend_silence(
        context.open_writes, number, ends_at=body.ends_at, user=principal.user, now=now
    )
    return SilenceSchema.of(after, now)


def number_before(cursor: str | None) -> int | None:
    """Return the number below which a page begins; None for the first."""
    if cursor is None:
        return None
    (number,) = decode_cursor(cursor, (int,))
    return min(int(number), NUMBER_LIMIT)
