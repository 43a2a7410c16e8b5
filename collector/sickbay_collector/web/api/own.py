"""`/api/v1/own`: what a requester sees and does, and the link that a technician hands over."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from sickbay_collector.services import own
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.own_sign_in import make_device_link
from sickbay_collector.services.ticket_parts_ports import RequestKey
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.idempotency import IdempotencyKey
from sickbay_collector.web.api.own_schema import (
    CommentBody,
    OwnDeviceItem,
    OwnDeviceList,
    OwnTicketDetail,
    OwnTicketItem,
    OwnTicketList,
    SignInLinkSchema,
    WishBody,
)
from sickbay_collector.web.api.ticket_answer import READ, Name
from sickbay_collector.web.auth import DevicesWrite, OwnRead, OwnWrite
from sickbay_collector.web.context import Context

_ROUTE = "POST /api/v1/own/tickets"

router = APIRouter(tags=["own"])


@router.get("/own/tickets", responses={**problems()})
def get_own_tickets(context: Context, principal: OwnRead) -> OwnTicketList:
    """List what one asked for, the newest hundred."""
    with context.open_reads() as uow:
        found = own.own_tickets(uow, own.person_of(principal))
    return OwnTicketList(items=tuple(OwnTicketItem.model_validate(one) for one in found))


@router.get("/own/tickets/{ticket}", responses={**READ})
def get_own_ticket(context: Context, principal: OwnRead, ticket: Name) -> OwnTicketDetail:
    """Show one ticket that one asked for, with what was said in public."""
    with context.open_reads() as uow:
        return OwnTicketDetail.of(own.own_ticket(uow, own.person_of(principal), ticket))


@router.post(
    "/own/tickets",
    status_code=HTTPStatus.CREATED,
    responses={**problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def post_own_ticket(
    context: Context, principal: OwnWrite, body: WishBody, idempotency_key: IdempotencyKey = None
) -> OwnTicketItem:
    """Ask the desk for something."""
    key = None
    if idempotency_key is not None:
        digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
        key = RequestKey(user=principal.user, route=_ROUTE, key=idempotency_key, body_hash=digest)
    wish = own.Wish(title=body.title, description=body.description, device=body.device, key=key)
    made = own.ask(context.open_writes, principal, wish, now=context.clock(), new_id=context.new_id)
    return OwnTicketItem.model_validate(made)


@router.post("/own/tickets/{ticket}/comments", status_code=HTTPStatus.CREATED, responses={**READ})
def post_own_comment(
    context: Context, principal: OwnWrite, ticket: Name, body: CommentBody
) -> OwnTicketDetail:
    """Say something to a ticket that one asked for."""
    person_id = own.person_of(principal)
    with context.open_reads() as uow:
        found = own.own_ticket(uow, person_id, ticket).ticket
    own.comment(context.open_writes, principal, found, body.text, now=context.clock())
    with context.open_reads() as uow:
        return OwnTicketDetail.of(own.own_ticket(uow, person_id, ticket))


@router.get("/own/devices", responses={**problems()})
def get_own_devices(context: Context, principal: OwnRead) -> OwnDeviceList:
    """List the devices that one owns."""
    with context.open_reads() as uow:
        found = own.own_devices(uow, own.person_of(principal), now=context.clock())
    return OwnDeviceList(items=tuple(OwnDeviceItem.model_validate(one) for one in found))


@router.post(
    "/devices/{device}/sign-in-link",
    status_code=HTTPStatus.CREATED,
    responses={**problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)},
)
def post_sign_in_link(
    context: Context,
    principal: DevicesWrite,
    device: Annotated[str, Path(max_length=NAME_LIMIT, description="Id or host name.")],
) -> SignInLinkSchema:
    """Make a link that signs the device's owner in once, within eight hours."""
    by = By.somebody(principal, context.clock())
    made = make_device_link(context.open_writes, device, by=by)
    return SignInLinkSchema(
        person_id=made.person.person_id,
        name=made.person.name,
        path=made.path,
        url=made.url,
        expires_at=made.expires_at,
    )
