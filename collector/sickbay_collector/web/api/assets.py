"""`/api/v1/devices/{device}/asset`: whose a device is, where it is from, what was done to it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from sickbay_collector.core.asset_fields import cents_of
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.repair import Repair
from sickbay_collector.services.assets import (
    AssetChange,
    AssetView,
    asset_history,
    asset_of,
    change_asset,
)
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.repairs import add_repair, device_repairs, drop_repair
from sickbay_collector.web.api.asset_schema import (
    AssetBody,
    AssetHistory,
    AssetSchema,
    RepairBody,
    RepairList,
    RepairSchema,
)
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.idempotency import REPLAYED, IdempotencyKey, request_key
from sickbay_collector.web.api.matching import ETAG_LIMIT, require_match
from sickbay_collector.web.auth import AssetsWrite, DevicesRead
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(prefix="/devices", tags=["assets"])

_ID_LIMIT = 64

Name = Annotated[
    str,
    Path(
        max_length=NAME_LIMIT,
        description="Id, host name, or the beginning of one device's host name.",
    ),
]
IfMatch = Annotated[
    str | None, Header(max_length=ETAG_LIMIT, description="The ETag of the record that was read.")
]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)


class HistoryQuery(Body):
    """Which changes to list."""

    limit: Limit = 50
    cursor: Cursor = None


@router.get("/{device}/asset", responses={**_READ})
def get_asset(
    context: Context, _principal: DevicesRead, response: Response, device: Name
) -> AssetSchema:
    """Show a device's asset record: each field with who says so. Its ETag is what a write needs."""
    return _answer(response, _read(context, device))


@router.patch("/{device}/asset", responses={**_WRITE})
def patch_asset(
    context: Context,
    principal: AssetsWrite,
    response: Response,
    device: Name,
    body: AssetBody,
    if_match: IfMatch = None,
) -> AssetSchema:
    """Say by hand what fields are; until a date, or for ever, it goes before files and device."""
    read = _read(context, device)
    require_match(if_match, _etag(read), kind="the record", name="the record")
    change = AssetChange(
        values=body.fields,
        withdraw=body.withdraw,
        until=body.until,
        device_class=body.device_class,
        criticality=body.criticality,
    )
    try:
        change_asset(
            context.open_writes,
            read.device.device_id,
            change,
            expected_version=read.version,
            actor=principal.user,
            now=context.clock(),
        )
    except ConflictError as error:
        # Somebody may have written between the check of If-Match and the write.
        if _read(context, read.device.device_id).version != read.version:
            raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
        raise
    return _answer(response, _read(context, read.device.device_id))


@router.get("/{device}/asset/history", responses={**_READ})
def get_asset_history(
    context: Context,
    _principal: DevicesRead,
    request: Request,
    response: Response,
    device: Name,
    query: Annotated[HistoryQuery, Query()],
) -> AssetHistory:
    """List who changed what of a device's record and maintenance, newest first."""
    before = None if query.cursor is None else _entry(query.cursor)
    with context.open_reads() as uow:
        found = find_device(uow, device)
        entries = asset_history(uow, found.device_id, limit=query.limit + 1, before=before)
    page = entries[: query.limit]
    following = encode_cursor([page[-1].entry]) if len(entries) > query.limit else None
    link_next(request, response, following)
    return AssetHistory.of(page, following=following)


@router.get("/{device}/asset/repairs", responses={**_READ})
def get_asset_repairs(context: Context, _principal: DevicesRead, device: Name) -> RepairList:
    """List what was repaired or replaced, by hand and for tickets, newest first."""
    with context.open_reads() as uow:
        return RepairList.of(device_repairs(uow, find_device(uow, device).device_id))


@router.post(
    "/{device}/asset/repairs",
    status_code=HTTPStatus.CREATED,
    responses={
        **_READ,
        HTTPStatus.OK: {"model": RepairSchema, "description": "Written before, by this key."},
    },
)
def post_asset_repair(
    context: Context,
    principal: AssetsWrite,
    response: Response,
    device: Name,
    body: RepairBody,
    idempotency_key: IdempotencyKey = None,
) -> RepairSchema:
    """Write down a repair or part that no ticket has."""
    with context.open_reads() as uow:
        device_id = find_device(uow, device).device_id
    now = context.clock()
    cents, currency = _cost(body.cost)
    draft = Repair(
        repair_id=context.new_id(),
        device_id=device_id,
        at=body.at or now,
        kind=body.kind,
        text=body.text,
        supplier=body.supplier,
        cents=cents,
        currency=currency,
        by=principal.user,
    )
    key = request_key(principal, f"POST /devices/{device_id}/asset/repairs", idempotency_key, body)
    written = add_repair(context.open_writes, draft, now=now, key=key)
    if written.is_repeated:
        response.status_code = HTTPStatus.OK
        response.headers[REPLAYED] = "true"
    return RepairSchema.model_validate(written.repair)


@router.delete(
    "/{device}/asset/repairs/{repair}", status_code=HTTPStatus.NO_CONTENT, responses={**_READ}
)
def delete_asset_repair(
    context: Context,
    principal: AssetsWrite,
    device: Name,
    repair: Annotated[str, Path(max_length=_ID_LIMIT, pattern=r"^[^\x00]*$")],
) -> None:
    """Take off a repair that was written down by mistake; the history keeps it."""
    with context.open_reads() as uow:
        device_id = find_device(uow, device).device_id
    drop_repair(context.open_writes, device_id, repair, actor=principal.user, now=context.clock())


def _read(context: WebContext, name: str | DeviceId) -> AssetView:
    with context.open_reads() as uow:
        return asset_of(uow, find_device(uow, name), now=context.clock())


def _answer(response: Response, view: AssetView) -> AssetSchema:
    response.headers["ETag"] = _etag(view)
    return AssetSchema.of(view)


def _etag(view: AssetView) -> str:
    return f'"{view.version}"'


def _entry(cursor: str) -> int:
    (entry,) = decode_cursor(cursor, (int,))
    return int(entry)


def _cost(text: str) -> tuple[int | None, str]:
    if not text.strip():
        return None, ""
    try:
        return cents_of(text)
    except InvalidError as error:
        raise InvalidError(f"cost: {error}") from error
