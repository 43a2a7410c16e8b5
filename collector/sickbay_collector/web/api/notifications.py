"""`/api/v1/notifications` and `/api/v1/channels`: messages, and whether a channel works."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.services.message_desk import find_message, retry_message, try_channel
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.notice_schema import MessageList, MessageSchema
from sickbay_collector.web.auth import DeskWrite, TicketsRead, TicketsWork
from sickbay_collector.web.context import Context

router = APIRouter(tags=["notifications"])

_KEY_LIMIT = 2300
Key = Annotated[
    str, Path(max_length=_KEY_LIMIT, pattern=r"^[^\x00]*$", description="The message's key.")
]
Channel = Annotated[
    str, Path(max_length=64, pattern=r"^[^\x00]*$", description="The channel's id.")
]
_STANDING = (MessageState.QUEUED, MessageState.RETRIED, MessageState.DEAD)


class MessageQuery(Body):
    """Which messages to list."""

    state: Annotated[frozenset[MessageState], Field()] = frozenset(_STANDING)
    """Those that wait or are dead, unless it is said otherwise."""
    limit: Limit = 50
    cursor: Cursor = None


@router.get("/notifications", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_notifications(
    context: Context,
    _principal: TicketsRead,
    request: Request,
    response: Response,
    query: Annotated[MessageQuery, Query()],
) -> MessageList:
    """List messages to somebody by key: those that wait, and those that nobody could deliver."""
    after = "" if query.cursor is None else str(decode_cursor(query.cursor, (str,))[0])
    with context.open_reads() as uow:
        found = uow.outbox.standing(states=query.state, limit=query.limit + 1, after=after)
    page = found[: query.limit]
    following = encode_cursor([page[-1].key]) if len(found) > query.limit else None
    link_next(request, response, following)
    items = tuple(MessageSchema.model_validate(one) for one in page)
    return MessageList(items=items, next_cursor=following)


@router.get("/notifications/{key:path}", responses={**problems(HTTPStatus.NOT_FOUND)})
def get_notification(context: Context, _principal: TicketsRead, key: Key) -> MessageSchema:
    """Show how one message stands."""
    with context.open_reads() as uow:
        return MessageSchema.model_validate(find_message(uow, key))


@router.post(
    "/notifications/{key:path}/retry",
    responses={**problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)},
)
def post_retry(context: Context, principal: TicketsWork, key: Key) -> MessageSchema:
    """Queue a dead message again as if it were new."""
    message = retry_message(context.open_writes, key, user=principal.user, now=context.clock())
    return MessageSchema.model_validate(message)


@router.post(
    "/channels/{channel}/test",
    responses={**problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def post_channel_test(context: Context, principal: DeskWrite, channel: Channel) -> MessageSchema:
    """Queue a message to oneself on one channel; ask for it by its key to see what came of it."""
    message = try_channel(
        context.open_writes,
        channel,
        user=principal.user,
        test_id=context.new_id(),
        now=context.clock(),
    )
    return MessageSchema.model_validate(message)
