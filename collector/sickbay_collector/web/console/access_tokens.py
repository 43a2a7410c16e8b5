"""Tokens: what programs use the API with, what lets devices join, and devices that are shut out.

A secret is shown in the answer to the form that made it and nowhere else. The form carries the new
token's id, so that sending it twice makes one token.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services.access import make_api_token, revoke_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.approval import approve, pending_devices, refuse
from sickbay_collector.services.enrollment_tokens import make_token, revoke_token
from sickbay_collector.services.identity_view import twins
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.revocation import revoke_named
from sickbay_collector.web.api.access_schema import NewEnrollmentBody, NewTokenBody, RevokeBody
from sickbay_collector.web.api.tokens import DeviceName, TokenId
from sickbay_collector.web.console.accounts import area_fields
from sickbay_collector.web.console.allowed import DevicesRevoke, TokensWrite
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/settings")

_REVOKED = 100
_PENDING = 200
FormKey = Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
DeviceField = Annotated[str, Form(min_length=1, max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]


@router.get("/tokens")
def get_tokens(context: Context, pages: Render, viewer: TokensWrite) -> Response:
    """List API tokens, and make one."""
    return pages.page("api_tokens.html", viewer, _tokens(context, viewer))


@router.post("/tokens")
def post_token(
    context: Context, pages: Render, viewer: TokensWrite, fields: Fields, key: FormKey
) -> Response:
    """Make an API token and show its secret, this once."""
    body = body_of(NewTokenBody, area_fields(fields))
    with context.open_writes() as uow:
        _refuse_twice(key, (one.token_id for one in uow.api_tokens.all()))
        by = By.somebody(viewer.principal, context.clock())
        made = make_api_token(uow, body.wish(), by=by, new_id=lambda: key)
        uow.commit()
    return pages.page("api_tokens.html", viewer, {**_tokens(context, viewer), "made": made})


@router.post("/tokens/{token_id}/revoke")
def post_revoke_token(context: Context, viewer: TokensWrite, token_id: TokenId) -> Response:
    """End an API token."""
    with context.open_writes() as uow:
        by = By.somebody(viewer.principal, context.clock())
        revoke_api_token(uow, token_id, by=by)
        uow.commit()
    return RedirectResponse("/settings/tokens", HTTPStatus.SEE_OTHER)


@router.get("/enrollment")
def get_enrollment(context: Context, pages: Render, viewer: TokensWrite) -> Response:
    """List enrollment tokens and devices that are shut out; make a token."""
    return pages.page("enrollment.html", viewer, _enrollment(context))


@router.post("/enrollment")
def post_enrollment(
    context: Context, pages: Render, viewer: TokensWrite, fields: Fields, key: FormKey
) -> Response:
    """Make an enrollment token and show it with the commands that use it, this once."""
    said = plain(fields)
    networks = said.pop("networks", "").replace(",", " ").split()
    body = body_of(NewEnrollmentBody, {**said, "networks": networks})
    with context.open_reads() as uow:
        _refuse_twice(key, (one.token_id for one in uow.tokens.all()))
    made = make_token(
        context.open_writes,
        by=By.somebody(viewer.principal, context.clock()),
        lifetime=timedelta(hours=body.hours),
        max_uses=body.uses,
        comment=body.comment,
        new_id=lambda: key,
        terms=body.terms(),
    )
    return pages.page("enrollment.html", viewer, {**_enrollment(context), "made": made})


@router.post("/enrollment/{token_id}/revoke")
def post_revoke_enrollment(context: Context, viewer: TokensWrite, token_id: TokenId) -> Response:
    """End an enrollment token."""
    by = By.somebody(viewer.principal, context.clock())
    revoke_token(context.open_writes, token_id, by=by)
    return RedirectResponse("/settings/enrollment", HTTPStatus.SEE_OTHER)


@router.post("/enrollment/pending/{device}/approve")
def post_approve_device(context: Context, viewer: TokensWrite, device: DeviceName) -> Response:
    """Let in a device that waits."""
    approve(device, context.open_writes, by=By.somebody(viewer.principal, context.clock()))
    return RedirectResponse("/settings/enrollment#pending", HTTPStatus.SEE_OTHER)


@router.post("/enrollment/pending/{device}/refuse")
def post_refuse_device(
    context: Context, viewer: TokensWrite, fields: Fields, device: DeviceName
) -> Response:
    """Shut out a device that waits."""
    body = body_of(RevokeBody, plain(fields))
    by = By.somebody(viewer.principal, context.clock())
    refuse(device, body.reason, context.open_writes, by=by)
    return RedirectResponse("/settings/enrollment#pending", HTTPStatus.SEE_OTHER)


@router.post("/enrollment/shut-out")
def post_revoke_device(
    context: Context, viewer: DevicesRevoke, fields: Fields, device: DeviceField
) -> Response:
    """Shut a device out."""
    body = body_of(RevokeBody, plain(fields))
    by = By.somebody(viewer.principal, context.clock())
    revoke_named(device.strip(), body.reason, context.open_writes, by=by)
    return RedirectResponse("/settings/enrollment#revoked", HTTPStatus.SEE_OTHER)


def _tokens(context: WebContext, viewer: Viewer) -> dict[str, object]:
    now = context.clock()
    with context.open_reads() as uow:
        found = uow.api_tokens.all()
        sites = tuple(uow.book.sites)
    mine = [one for one in Role if RIGHTS[one] <= viewer.principal.rights]
    live = [one for one in found if not one.revoked_at and not _is_over(one.expires_at, now)]
    ended = [one for one in found if one not in live]
    return {
        "now": now,
        "live": live[::-1],
        "ended": ended[::-1],
        "roles": sorted(mine, key=lambda one: len(RIGHTS[one])),
        "sites": sites,
        "key": context.new_id(),
        "made": None,
    }


def _enrollment(context: WebContext) -> dict[str, object]:
    now = context.clock()
    with context.open_reads() as uow:
        found = uow.tokens.all()
        revoked = uow.devices.revoked(limit=_REVOKED)
        pending = pending_devices(uow, limit=_PENDING)
        flagged = twins(uow, limit=_PENDING)
        others = [one.device.possible_duplicate_of for one in pending]
        named = uow.devices.load([one for one in others if one])
    live = [
        one
        for one in found
        if not one.revoked_at and one.expires_at > now and one.uses < one.max_uses
    ]
    ended = [one for one in found if one not in live]
    return {
        "now": now,
        "live": live[::-1],
        "ended": ended[::-1],
        "revoked": revoked,
        "pending": pending,
        "pending_limit": _PENDING,
        "twins": flagged,
        "names": {one.device_id: one.hostname for one in named},
        "joining": context.joining(),
        "key": context.new_id(),
        "made": None,
    }


def _is_over(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _refuse_twice(key: str, there: Iterable[str]) -> None:
    """Refuse a form that was sent before: its key is the id of the token that it made.

    Raises:
        ConflictError: Its token is there.
    """
    if key in there:
        raise ConflictError(
            _(
                "this token was made already, and its secret is shown once only; revoke it and"
                " make another"
            )
        )
