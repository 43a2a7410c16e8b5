"""Deciding about two devices that look like one machine: `/api/v1/possible-duplicates/{a}/{b}`."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.access import Principal
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.pair_merge import merge_devices, merged_before
from sickbay_collector.services.pair_view import PairView, pair_of
from sickbay_collector.services.pairs import Deciding, tell_apart
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.devices import Name
from sickbay_collector.web.api.matching import ETAG_LIMIT, require_match
from sickbay_collector.web.api.pair_schema import DecisionBody, MergedSchema, PairSchema
from sickbay_collector.web.auth import DevicesRead, TokensWrite
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/possible-duplicates/{device}/{other}", tags=["devices"])


def _names(device: Name, other: Name) -> tuple[str, str]:
    return device, other


Pair = Annotated[tuple[str, str], Depends(_names)]
"""Of whom somebody decides, as the path names them."""
IfMatch = Annotated[
    str | None, Header(max_length=ETAG_LIMIT, description="The ETag of the pair that was read.")
]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_DECIDE = {
    **_READ,
    **problems(
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.PRECONDITION_REQUIRED,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
}


@router.get("", responses={**_READ})
def get_pair(
    context: Context, _principal: DevicesRead, response: Response, pair: Pair
) -> PairSchema:
    """Show two devices side by side: what says that they are one machine, and what does not."""
    return _answer(response, _read(context, *pair))


@router.post("/different", responses={**_DECIDE})
def post_different(
    context: Context,
    principal: TokensWrite,
    response: Response,
    pair: Pair,
    body: DecisionBody,
    if_match: IfMatch = None,
) -> PairSchema:
    """Keep that two devices are different machines; neither is taken for the other again.

    What both have tells nothing from now on. Deciding it again changes nothing.
    """
    read = _read(context, *pair)
    if read.apart is None:
        _require(if_match, read)
        tell_apart(context.open_writes, _deciding(context, principal, read, body))
    return _answer(response, _again(context, read))


@router.post("/same", responses={**_DECIDE})
def post_same(
    context: Context,
    principal: TokensWrite,
    pair: Pair,
    body: DecisionBody,
    if_match: IfMatch = None,
) -> MergedSchema:
    """Make two records of one machine one device, for good.

    `outlook` of the pair says which goes on. Tickets, history, inventory, asset record and tags of
    the other become that device's; its alerts are over, its certificate is refused, and its id and
    host name are looked up as that device. Repeated with both ids, it changes nothing.
    """
    with context.open_reads() as uow:
        known = merged_before(uow, *(DeviceId(one.lower()) for one in pair))
    if known is not None:
        return MergedSchema.of(known)
    read = _read(context, *pair)
    _require(if_match, read)
    deciding = _deciding(context, principal, read, body)
    goes_on = read.outlook.goes_on
    return MergedSchema.of(merge_devices(context.open_writes, deciding, goes_on=goes_on))


def _read(context: WebContext, device: str, other: str) -> PairView:
    with context.open_reads() as uow:
        return pair_of(
            uow,
            find_device(uow, device),
            find_device(uow, other),
            now=context.clock(),
            started_at=context.started_at,
        )


def _again(context: WebContext, read: PairView) -> PairView:
    return _read(context, read.older.device.device_id, read.newer.device.device_id)


def _deciding(
    context: WebContext, principal: Principal, read: PairView, body: DecisionBody
) -> Deciding:
    return Deciding(
        one=read.older.device.device_id,
        other=read.newer.device.device_id,
        reason=body.reason,
        by=By.somebody(principal, context.clock()),
    )


def _require(if_match: str | None, read: PairView) -> None:
    require_match(if_match, _etag(read), kind="the pair", name="the pair")


def _etag(view: PairView) -> str:
    return f'"{view.version}"'


def _answer(response: Response, view: PairView) -> PairSchema:
    response.headers["ETag"] = _etag(view)
    return PairSchema.of(view)
