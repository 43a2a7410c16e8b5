"""`/api/v1/audit`: what people changed outside of tickets."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.audit_check import advance_checkpoint, check_step
from sickbay_collector.services.audit_export import ExportFormat, export_lines
from sickbay_collector.services.audit_lookups import walk_audit
from sickbay_collector.web.api.audit_schema import (
    LAST_ENTRY,
    AuditFields,
    AuditItem,
    AuditList,
    ChainAnswer,
    ChainQuery,
    CheckpointBody,
    CheckpointItem,
)
from sickbay_collector.web.api.base import (
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.auth import AuditRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/audit", tags=["audit"])

_TYPES = {ExportFormat.JSONL: "application/jsonl", ExportFormat.CSV: "text/csv"}


class AuditQuery(AuditFields):
    """Which changes to list."""

    limit: Limit = 50
    cursor: Cursor = None


class ExportQuery(AuditFields):
    """Which changes to write, and how."""

    format: ExportFormat = ExportFormat.JSONL


@router.get("", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_audit(
    context: Context,
    _principal: AuditRead,
    request: Request,
    response: Response,
    query: Annotated[AuditQuery, Query()],
) -> AuditList:
    """List changes outside of tickets, newest first."""
    before = entry_of(query.cursor)
    with context.open_reads() as uow:
        rows = list(uow.audit.list(query.wanted(), limit=query.limit + 1, before=before))
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        following = encode_cursor([rows[-1].entry])
    link_next(request, response, following)
    return AuditList(items=tuple(AuditItem.of(one) for one in rows), next_cursor=following)


@router.get("/verify", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def verify_chain(
    context: Context, _principal: AuditRead, query: Annotated[ChainQuery, Query()]
) -> ChainAnswer:
    """Reckon a part of the chain anew and name the first event that does not fit.

    From the first event on; where `next_cursor` is not null, go on with it. Nothing is kept here.
    """
    report = check_step(
        context.open_reads, after=query.after(), noted=query.noted(), limit=query.limit
    )
    return ChainAnswer.of(report)


@router.get("/checkpoint", responses={**problems()})
def get_checkpoint(context: Context, _principal: AuditRead) -> CheckpointItem:
    """Show how far the chain was looked at."""
    with context.open_reads() as uow:
        return CheckpointItem.of(uow.audit.checkpoint(), uow.audit.head())


@router.post("/checkpoint", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def post_checkpoint(context: Context, principal: AuditRead, body: CheckpointBody) -> CheckpointItem:
    """Look at the next part of the chain, and keep how far all fits."""
    kept, report = advance_checkpoint(
        context.open_reads,
        context.open_writes,
        anew=body.anew,
        by=principal.user,
        now=context.clock(),
    )
    return CheckpointItem.of(kept, report.written)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        **problems(HTTPStatus.UNPROCESSABLE_ENTITY),
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in _TYPES.values()}},
    },
)
def export_audit(
    context: Context, _principal: AuditRead, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Write changes in the order of writing, as JSON lines or CSV."""
    return export_answer(context, query)


def export_answer(context: Context, query: ExportQuery) -> StreamingResponse:
    """Return the file, which is read while it leaves."""
    entries = walk_audit(context.open_reads, query.wanted())
    name = f"sickbay-audit-{context.clock():%Y%m%d}.{query.format}"
    return StreamingResponse(
        export_lines(entries, query.format),
        media_type=_TYPES[query.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def entry_of(cursor: str | None) -> int | None:
    """Return the entry that a page of the list goes on below; None for the first page.

    Raises:
        InvalidError: The cursor is another list's.
    """
    if cursor is None:
        return None
    [entry] = decode_cursor(cursor, (int,))
    if not 0 <= int(entry) <= LAST_ENTRY:
        raise InvalidError("cursor: it belongs to another list")
    return int(entry)
