"""A device's asset record: what is shown of it, and the forms that change it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.asset_fields import amount_text, cents_of
from sickbay_collector.core.device import Criticality, Device, DeviceClass
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.repair import Repair, RepairKind, totals
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.assets import AssetChange, asset_of, change_asset
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.repairs import add_repair, device_repairs, drop_repair
from sickbay_collector.services.revocation import revoke_named
from sickbay_collector.web.api.asset_schema import RepairBody
from sickbay_collector.web.api.device_story import RevokeBody
from sickbay_collector.web.console.allowed import AssetsWrite, DevicesWrite
from sickbay_collector.web.console.parts import Fields, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/devices/{name}")

Name = Annotated[str, Path(max_length=NAME_LIMIT)]
_Version = Annotated[int, Form(ge=0)]
_Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
_Value = Annotated[str, Form(max_length=1000)]


def values(uow: UnitOfWork, device: Device, now: datetime) -> Mapping[str, object]:
    """Return what the page shows of a record and its maintenance."""
    view = asset_of(uow, device, now=now)
    repairs = device_repairs(uow, device.device_id)
    return {
        "record": view,
        "fields": tuple(AssetField),
        "repairs": repairs,
        "costs": {
            currency: amount_text(cents, currency) for currency, cents in totals(repairs).items()
        },
        "amount": amount_text,
        "classes": tuple(DeviceClass),
        "criticalities": tuple(Criticality),
        "kinds": tuple(RepairKind),
    }


@router.post("/asset")
def post_field(
    context: Context,
    viewer: AssetsWrite,
    name: Name,
    *,
    version: _Version,
    field: Annotated[AssetField, Form()],
    value: _Value = "",
    until: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Say by hand what a field is, until a day or for ever."""
    change = AssetChange(values={field: value}, until=_end_of(until))
    return _changed(context, viewer.user, name, version, change)


@router.post("/asset/withdraw")
def post_withdraw(
    context: Context,
    viewer: AssetsWrite,
    name: Name,
    version: _Version,
    field: Annotated[AssetField, Form()],
) -> Response:
    """Say nothing about a field by hand any more."""
    change = AssetChange(withdraw=frozenset({field}))
    return _changed(context, viewer.user, name, version, change)


@router.post("/asset/class")
def post_class(
    context: Context,
    viewer: AssetsWrite,
    name: Name,
    version: _Version,
    device_class: Annotated[DeviceClass, Form()],
    criticality: Annotated[Criticality, Form()],
) -> Response:
    """Say what a device is for, and what is lost when it is."""
    change = AssetChange(device_class=device_class, criticality=criticality)
    return _changed(context, viewer.user, name, version, change)


@router.post("/repairs")
def post_repair(context: Context, viewer: AssetsWrite, name: Name, fields: Fields) -> Response:
    """Write down a repair or part that no ticket has."""
    body = body_of(RepairBody, plain(fields))
    device_id = _id(context, name)
    cents, currency = cents_of(body.cost) if body.cost else (None, "")
    draft = Repair(
        repair_id=context.new_id(),
        device_id=device_id,
        at=context.clock(),
        kind=body.kind,
        text=body.text,
        supplier=body.supplier,
        cents=cents,
        currency=currency,
        by=viewer.user,
    )
    add_repair(context.open_writes, draft, now=context.clock())
    return _back(device_id)


@router.post("/repairs/{repair}/drop")
def post_drop(context: Context, viewer: AssetsWrite, name: Name, repair: _Id) -> Response:
    """Take off a repair that was written down by mistake."""
    device_id = _id(context, name)
    drop_repair(context.open_writes, device_id, repair, actor=viewer.user, now=context.clock())
    return _back(device_id)


@router.post("/revoke")
def post_revoke(context: Context, viewer: DevicesWrite, name: Name, fields: Fields) -> Response:
    """Shut a device out."""
    body = body_of(RevokeBody, plain(fields))
    by = By.somebody(viewer.principal, context.clock())
    done = revoke_named(_id(context, name), body.reason, context.open_writes, by=by)
    return _back(done.device.device_id, "agent")


def _changed(
    context: WebContext, user: str, name: str, version: int, change: AssetChange
) -> Response:
    device_id = _id(context, name)
    change_asset(
        context.open_writes,
        device_id,
        change,
        expected_version=version,
        actor=user,
        now=context.clock(),
    )
    return _back(device_id)


def _end_of(day: str) -> datetime | None:
    """Return the end of a day that a form names; None for ever."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.max, UTC)
    except ValueError as error:
        raise InvalidError(
            _("until: %(day)r is no date; write it as 2026-11-30", day=day)
        ) from error


def _id(context: WebContext, name: str) -> DeviceId:
    with context.open_reads() as uow:
        return find_device(uow, name).device_id


def _back(device_id: DeviceId, tab: str = "asset") -> Response:
    return RedirectResponse(f"/devices/{device_id}?tab={tab}", HTTPStatus.SEE_OTHER)
