"""Two devices that look like one machine, side by side, with what can be decided about them."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.identity import SAME_POINTS
from sickbay_collector.core.identity_words import HINDRANCES, KINDS, OBJECTIONS, OUTCOMES
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.pair_merge import merge_devices, merged_before
from sickbay_collector.services.pair_view import pair_of
from sickbay_collector.services.pairs import Deciding, tell_apart
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.api.pair_schema import DecisionBody
from sickbay_collector.web.api.tokens import DeviceName
from sickbay_collector.web.console.allowed import TokensWrite
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/settings/enrollment/pairs/{device}/{other}")

_WORDS: Mapping[str, object] = MappingProxyType(
    {
        "kinds": KINDS,
        "outcomes": OUTCOMES,
        "objections": OBJECTIONS,
        "hindrances": HINDRANCES,
        "enough": SAME_POINTS,
    }
)
_LIST = "/settings/enrollment#twins"


@router.get("")
def get_pair(
    context: Context, pages: Render, viewer: TokensWrite, device: DeviceName, other: DeviceName
) -> Response:
    """Show both, and the forms to decide."""
    now = context.clock()
    with context.open_reads() as uow:
        one, two = (find_device(uow, name) for name in (device, other))
        view = pair_of(uow, one, two, now=now, started_at=context.started_at)
    own = f"/settings/enrollment/pairs/{view.older.device.device_id}/{view.newer.device.device_id}"
    return pages.page(
        "device_pair.html", viewer, {"now": now, "pair": view, "own": own, "words": _WORDS}
    )


@router.post("/different")
def post_different(
    context: Context, viewer: TokensWrite, fields: Fields, device: DeviceName, other: DeviceName
) -> Response:
    """Keep that they are different machines."""
    tell_apart(context.open_writes, _deciding(context, viewer, fields, (device, other)))
    return RedirectResponse(_LIST, HTTPStatus.SEE_OTHER)


@router.post("/same")
def post_same(
    context: Context, viewer: TokensWrite, fields: Fields, device: DeviceName, other: DeviceName
) -> Response:
    """Make them one device, for good; sent twice, it is done once."""
    goes_on = DeviceId(plain(fields).get("goes_on", ""))
    with context.open_reads() as uow:
        known = merged_before(uow, DeviceId(device), DeviceId(other))
    if known is None:
        deciding = _deciding(context, viewer, fields, (device, other))
        known = merge_devices(context.open_writes, deciding, goes_on=goes_on)
    path = f"/devices/{known.survivor.device_id}?tab=agent#identity"
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _deciding(
    context: WebContext, viewer: Viewer, fields: Fields, names: tuple[str, str]
) -> Deciding:
    body = body_of(DecisionBody, plain(fields))
    with context.open_reads() as uow:
        one, other = (_id(uow, name) for name in names)
    by = By.somebody(viewer.principal, context.clock())
    return Deciding(one=one, other=other, reason=body.reason, by=by)


def _id(uow: UnitOfWork, name: str) -> DeviceId:
    return find_device(uow, name).device_id
