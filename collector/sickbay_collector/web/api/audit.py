"""`/api/v1/audit`: what people changed outside of tickets."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.audit_ports import AuditFilter
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
from sickbay_collector.web.api.config_schema import AuditItem, AuditList, Name
from sickbay_collector.web.auth import Administrator
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/audit", tags=["audit"])

# What both databases count up to.
_LAST = 2**63 - 1


class AuditQuery(Body):
    """Which changes to list."""

    actor: Name = ""
    """Login name."""
    action: Name = ""
    object_kind: Name = ""
    """For example `config/technicians`."""
    object_id: Name = ""
    since: Moment | None = None
    until: Moment | None = None
    limit: Limit = 50
    cursor: Cursor = None


@router.get("", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_audit(
    context: Context,
    _principal: Administrator,
    request: Request,
    response: Response,
    query: Annotated[AuditQuery, Query()],
) -> AuditList:
    """List changes outside of tickets, newest first."""
    wanted = AuditFilter(
        actor=query.actor,
        action=query.action,
        object_kind=query.object_kind,
        object_id=query.object_id,
        since=query.since,
        until=query.until,
    )
    before = _position(query.cursor)
    with context.open_reads() as uow:
        rows = list(uow.audit.list(wanted, limit=query.limit + 1, before=before))
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        following = encode_cursor([rows[-1].entry])
    link_next(request, response, following)
    return AuditList(items=tuple(AuditItem.of(one) for one in rows), next_cursor=following)


def _position(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    [entry] = decode_cursor(cursor, (int,))
    if not 0 <= int(entry) <= _LAST:
        raise InvalidError("cursor: it belongs to another list")
    return int(entry)
