"""What is done to a ticket on its page: each form is one call of a service."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.codes import ResolutionCodes
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services import desk
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.edits import Correction, correct
from sickbay_collector.services.hand_over import escalate_ticket, reroute_ticket
from sickbay_collector.services.macros import find_macro, press
from sickbay_collector.services.major_acts import Declaration, declare
from sickbay_collector.services.merges import merge
from sickbay_collector.services.ticket_attention import acknowledge, snooze
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.escalation_schema import SnoozeBody
from sickbay_collector.web.api.macros import MACRO_LIMIT, check_macro
from sickbay_collector.web.api.routing_schema import EscalateBody
from sickbay_collector.web.api.ticket_bodies import CancelBody, EditBody, ResolveBody
from sickbay_collector.web.api.ticket_part_schema import MergeBody
from sickbay_collector.web.console.allowed import TicketsAssign, TicketsWork
from sickbay_collector.web.console.parts import Fields, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.ticket_page import WAITS, Name
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/tickets/{name}")

_TEXT = 4000
_EDITED = (
    "title",
    "service",
    "product",
    "product_version",
    "requester",
    "site",
    "impact",
    "urgency",
)

Words = Annotated[str, Form(max_length=_TEXT)]
Version = Annotated[int, Form(ge=1)]


@router.post("/take")
def post_take(context: Context, viewer: TicketsWork, name: Name, version: Version) -> Response:
    """Begin to work on a ticket."""
    return _done(
        context, viewer.user, name, version, lambda act: desk.take(context.open_writes, act)
    )


@router.post("/acknowledge")
def post_acknowledge(context: Context, viewer: TicketsWork, name: Name) -> Response:
    """Say that somebody takes care of a ticket."""
    after = acknowledge(
        context.open_writes, _id(context, name), user=viewer.user, now=context.clock()
    )
    return back(after.number)


@router.post("/snooze")
def post_snooze(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Put a ticket off."""
    body, now = body_of(SnoozeBody, plain(fields)), context.clock()
    after = snooze(
        context.open_writes,
        _id(context, name),
        user=viewer.user,
        until=body.until or now + timedelta(seconds=body.for_s or 0.0),
        reason=body.reason,
        now=now,
    )
    return back(after.number)


@router.post("/resolve")
def post_resolve(
    context: Context, viewer: TicketsWork, name: Name, version: Version, text: Words, fields: Fields
) -> Response:
    """Resolve a ticket."""
    codes = resolution_codes(plain(fields))
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.resolve(context.open_writes, act, resolution=text, codes=codes),
    )


@router.post("/reopen")
def post_reopen(
    context: Context, viewer: TicketsWork, name: Name, version: Version, text: Words
) -> Response:
    """Open a ticket again."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.reopen(context.open_writes, act, reason=text),
    )


@router.post("/assign")
def post_assign(
    context: Context,
    viewer: TicketsAssign,
    name: Name,
    version: Version,
    assignee: Annotated[str, Form(max_length=USER_LIMIT)],
) -> Response:
    """Give a ticket to somebody."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.assign(context.open_writes, act, assignee=assignee),
    )


@router.post("/wait")
def post_wait(
    context: Context,
    viewer: TicketsWork,
    name: Name,
    version: Version,
    what: Annotated[TicketAction, Form()],
    text: Words,
) -> Response:
    """Let a ticket wait."""
    if what not in dict(WAITS):
        raise InvalidError(_("a ticket cannot wait by %(action)s", action=what))
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.wait(context.open_writes, act, what, reason=text),
    )


@router.post("/escalate")
def post_escalate(
    context: Context, viewer: TicketsWork, name: Name, version: Version, fields: Fields
) -> Response:
    """Hand a ticket to the next tier."""
    body = body_of(EscalateBody, plain(fields))
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: (
            escalate_ticket(context.open_writes, act, missing=body.missing, reason=body.reason)[
                -1
            ].after
        ),
    )


@router.post("/reroute")
def post_reroute(
    context: Context, viewer: TicketsWork, name: Name, version: Version, text: Words
) -> Response:
    """Route a ticket anew."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: reroute_ticket(context.open_writes, act, reason=text)[-1].after,
    )


@router.post("/edit")
def post_edit(
    context: Context, viewer: TicketsWork, name: Name, version: Version, fields: Fields
) -> Response:
    """Correct what a ticket is about; what stands as it stood is left alone."""
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    body = body_of(EditBody, _changed(ticket, fields))
    correction = Correction(edit=body.edit(), device=body.device)
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: correct(context.open_writes, act, correction),
    )


@router.post("/merge")
def post_merge(
    context: Context, viewer: TicketsAssign, name: Name, version: Version, fields: Fields
) -> Response:
    """End a ticket because another goes on in its place; go on there."""
    body = body_of(MergeBody, plain(fields))
    _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: merge(context.open_writes, act, body.into),
    )
    with context.open_reads() as uow:
        return back(find_ticket(uow, body.into).number)


@router.post("/cancel")
def post_cancel(
    context: Context, viewer: TicketsWork, name: Name, version: Version, fields: Fields
) -> Response:
    """End a ticket that was no fault or is not wanted any more."""
    body = body_of(CancelBody, plain(fields))
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.cancel(context.open_writes, act, reason=body.reason, code=body.code),
    )


@router.post("/major")
def post_major(
    context: Context,
    viewer: TicketsAssign,
    name: Name,
    version: Version,
    text: Words,
    is_major: Annotated[bool, Form()],
) -> Response:
    """Make a ticket a major incident, or none."""
    said = Declaration(major=is_major, reason=text)
    return _done(
        context, viewer.user, name, version, lambda act: declare(context.open_writes, act, said)
    )


@router.post("/macro")
def post_macro(
    context: Context,
    viewer: TicketsWork,
    name: Name,
    version: Version,
    macro: Annotated[str, Form(max_length=MACRO_LIMIT)],
) -> Response:
    """Do what a macro says, all of it or nothing."""
    with context.open_reads() as uow:
        check_macro(viewer.principal, find_macro(uow, macro))
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: press(context.open_writes, act, macro),
    )


@router.post("/note")
def post_note(
    context: Context,
    viewer: TicketsWork,
    name: Name,
    text: Words,
    is_public: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of the form
) -> Response:
    """Add to the worklog."""
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    desk.note(
        context.open_writes,
        ticket.ticket_id,
        user=viewer.user,
        text=text,
        now=context.clock(),
        visibility=Visibility.PUBLIC if is_public else Visibility.INTERNAL,
    )
    return back(ticket.number)


def resolution_codes(said: dict[str, str]) -> ResolutionCodes:
    """Return how something was solved, as far as a form says.

    Raises:
        InvalidError: A code is not known.
    """
    return body_of(ResolveBody, {**said, "resolution": "-"}).codes()


def back(number: int, tab: str = "") -> Response:
    """Return to a ticket's page."""
    query = f"?tab={tab}" if tab else ""
    return RedirectResponse(f"/tickets/{number}{query}", HTTPStatus.SEE_OTHER)


def _changed(ticket: Ticket, fields: FormData) -> dict[str, object]:
    """Return what a form says otherwise than the ticket."""
    said = {name: str(value).strip() for name, value in fields.items()}
    found: dict[str, object] = {
        name: said[name]
        for name in _EDITED
        if name in said and said[name] != str(getattr(ticket, name))
    }
    category, _, subcategory = said.get("about", "").partition("/")
    if category and (category, subcategory) != (ticket.category, ticket.subcategory):
        found |= {"category": category, "subcategory": subcategory}
    if "device" in said and said["device"] not in {ticket.device_id or "", said.get("was", "")}:
        found["device"] = said["device"]
    return found


def _id(context: WebContext, name: str) -> TicketId:
    with context.open_reads() as uow:
        return find_ticket(uow, name).ticket_id


def _done(
    context: WebContext, user: str, name: str, version: int, do: Callable[[desk.Act], Ticket]
) -> Response:
    act = desk.Act(
        ticket_id=_id(context, name), user=user, expected_version=version, now=context.clock()
    )
    return back(do(act).number)
