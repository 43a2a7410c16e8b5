"""What opens and shuts doors.

`/api/v1/api-tokens`, `/enrollment-tokens`, `/pending-devices`, `/revoked-devices`.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from sickbay_collector.services.access import make_api_token, revoke_api_token
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.approval import approve, pending_devices, refuse
from sickbay_collector.services.enrollment_tokens import make_token, revoke_token
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.revocation import revoke_named
from sickbay_collector.web.api.access_schema import (
    ApiTokenItem,
    ApiTokenList,
    EnrollmentItem,
    EnrollmentList,
    NewEnrollmentAnswer,
    NewEnrollmentBody,
    NewTokenAnswer,
    NewTokenBody,
    PendingItem,
    PendingList,
    RevokeBody,
    RevokedItem,
    RevokedList,
    SettledItem,
)
from sickbay_collector.web.api.base import PAGE_LIMIT, problems
from sickbay_collector.web.auth import DevicesAllRead, DevicesRevoke, TokensWrite
from sickbay_collector.web.context import Context

router = APIRouter(tags=["access"])

TokenId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
DeviceName = Annotated[str, Path(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]
_FIND = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_SETTLE = {**_FIND, **problems(HTTPStatus.CONFLICT)}
_MADE = problems(HTTPStatus.UNPROCESSABLE_ENTITY)


@router.get("/api-tokens", responses={**problems()})
def get_api_tokens(context: Context, _principal: TokensWrite) -> ApiTokenList:
    """List all API tokens, oldest first."""
    with context.open_reads() as uow:
        return ApiTokenList(items=tuple(ApiTokenItem.of(one) for one in uow.api_tokens.all()))


@router.post("/api-tokens", status_code=HTTPStatus.CREATED, responses={**_MADE})
def post_api_token(context: Context, principal: TokensWrite, body: NewTokenBody) -> NewTokenAnswer:
    """Make an API token, which never may more than the one who makes it."""
    with context.open_writes() as uow:
        by = By.somebody(principal, context.clock())
        made = make_api_token(uow, body.wish(), by=by, new_id=context.new_id)
        uow.commit()
    return NewTokenAnswer(**ApiTokenItem.of(made.token).model_dump(), secret=made.secret)


@router.delete("/api-tokens/{token_id}", responses={**_FIND})
def delete_api_token(context: Context, principal: TokensWrite, token_id: TokenId) -> ApiTokenItem:
    """End an API token; return it as it was."""
    with context.open_writes() as uow:
        by = By.somebody(principal, context.clock())
        ended = revoke_api_token(uow, token_id, by=by)
        uow.commit()
    return ApiTokenItem.of(ended)


@router.get("/enrollment-tokens", responses={**problems()})
def get_enrollment_tokens(context: Context, _principal: TokensWrite) -> EnrollmentList:
    """List all enrollment tokens, oldest first."""
    with context.open_reads() as uow:
        return EnrollmentList(items=tuple(EnrollmentItem.of(one) for one in uow.tokens.all()))


@router.post("/enrollment-tokens", status_code=HTTPStatus.CREATED, responses={**_MADE})
def post_enrollment_token(
    context: Context, principal: TokensWrite, body: NewEnrollmentBody
) -> NewEnrollmentAnswer:
    """Make a token that lets devices join."""
    made = make_token(
        context.open_writes,
        by=By.somebody(principal, context.clock()),
        lifetime=timedelta(hours=body.hours),
        max_uses=body.uses,
        comment=body.comment,
        new_id=context.new_id,
        terms=body.terms(),
    )
    secret = f"{made.secret}.{context.joining().fingerprint}"
    return NewEnrollmentAnswer(**EnrollmentItem.of(made.token).model_dump(), secret=secret)


@router.delete("/enrollment-tokens/{token_id}", responses={**_FIND})
def delete_enrollment_token(
    context: Context, principal: TokensWrite, token_id: TokenId
) -> EnrollmentItem:
    """End an enrollment token; devices that used it stay. Return it as it was."""
    by = By.somebody(principal, context.clock())
    return EnrollmentItem.of(revoke_token(context.open_writes, token_id, by=by))


@router.get("/pending-devices", responses={**problems()})
def get_pending(context: Context, _principal: TokensWrite) -> PendingList:
    """List the devices that wait for approval, the first 500."""
    with context.open_reads() as uow:
        found = pending_devices(uow, limit=PAGE_LIMIT)
    return PendingList(items=tuple(PendingItem.of(one) for one in found))


@router.post("/pending-devices/{device}/approve", responses={**_SETTLE})
def post_approved(context: Context, principal: TokensWrite, device: DeviceName) -> SettledItem:
    """Let in the waiting device with exactly this id or host name."""
    by = By.somebody(principal, context.clock())
    return SettledItem.of(approve(device, context.open_writes, by=by))


@router.post("/pending-devices/{device}/refuse", responses={**_SETTLE})
def post_refused(
    context: Context, principal: TokensWrite, device: DeviceName, body: RevokeBody
) -> SettledItem:
    """Shut out the waiting device with exactly this id or host name."""
    by = By.somebody(principal, context.clock())
    return SettledItem.of(refuse(device, body.reason, context.open_writes, by=by))


@router.get("/revoked-devices", responses={**problems()})
def get_revoked(context: Context, _principal: DevicesAllRead) -> RevokedList:
    """List the devices that are shut out, the last 500."""
    with context.open_reads() as uow:
        found = uow.devices.revoked(limit=PAGE_LIMIT)
    return RevokedList(items=tuple(RevokedItem.of(one) for one in found))


@router.post("/revoked-devices/{device}", responses={**_FIND, **problems(HTTPStatus.CONFLICT)})
def post_revoked(
    context: Context, principal: DevicesRevoke, device: DeviceName, body: RevokeBody
) -> RevokedItem:
    """Shut out the device with exactly this id or host name; it stays in the inventory."""
    by = By.somebody(principal, context.clock())
    done = revoke_named(device, body.reason, context.open_writes, by=by)
    return RevokedItem.of(done.device)
