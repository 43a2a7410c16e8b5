"""One ticket: what is wrong, what can be done, and why it is where it is."""

from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.desk.codes import CauseCode, ClosureCode, ResolutionCode, ResolutionMode
from sickbay_collector.core.desk.escalation_words import step_words
from sickbay_collector.core.desk.events import ENGINE, is_acknowledged
from sickbay_collector.core.desk.evidence_view import signals
from sickbay_collector.core.desk.macro import ME, Macro
from sickbay_collector.core.desk.macro import words as macro_words
from sickbay_collector.core.desk.parts import LinkKind, totals
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import (
    ACTIVE,
    OPEN,
    ActorKind,
    TicketAction,
    allowed_actions,
)
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.inventory import Change
from sickbay_collector.services.device_history import device_changes
from sickbay_collector.services.escalation_lookups import escalation_coming, escalation_detail
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.presence import others_at
from sickbay_collector.services.routing_lookups import routing_detail
from sickbay_collector.services.similar import SHOWN, similar_tickets
from sickbay_collector.services.sla_lookups import sla_detail
from sickbay_collector.services.ticket_history import ticket_history
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT, family_of, find_ticket
from sickbay_collector.web.console.allowed import TicketsRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import N_
from sickbay_collector.web.console.ticket_lines import lines_of
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter()

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT)]

TABS = (
    ("overview", N_("Overview")),
    ("evidence", N_("Evidence")),
    ("around", N_("Around it")),
    ("routing", N_("Routing and messages")),
    ("costs", N_("Time, parts, people")),
)
WAITS = (
    (TicketAction.WAIT_FOR_USER, N_("its user")),
    (TicketAction.WAIT_FOR_VENDOR, N_("a vendor")),
    (TicketAction.WAIT_FOR_CHANGE, N_("a change")),
)
SNOOZES = (
    (3600, N_("1 hour")),
    (14_400, N_("4 hours")),
    (86_400, N_("1 day")),
    (604_800, N_("7 days")),
)
_LINKS = (LinkKind.DUPLICATE_OF, LinkKind.CAUSED_BY, LinkKind.CHILD_OF)
_ENDS = (ClosureCode.NO_FAULT, ClosureCode.WITHDRAWN, ClosureCode.REFUSED)

_CHANGED_WITHIN = timedelta(days=14)
_CHANGES = 50
_BRIEF = 5
_LINES = 48


@router.get("/tickets/{name}")
def get_ticket(
    context: Context,
    pages: Render,
    viewer: TicketsRead,
    name: Name,
    tab: Annotated[str, Query(max_length=20)] = "overview",
) -> Response:
    """Show one ticket from one side."""
    if tab not in _READS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    mark = context.live.mark()
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
        values = {
            "mark": mark,
            **_head(uow, context, viewer, ticket),
            **_READS[tab](uow, context, ticket),
            "tab": tab,
        }
    return pages.page(f"ticket_{tab}.html", viewer, values)


@router.get("/tickets/{name}/around")
def get_around(context: Context, pages: Render, viewer: TicketsRead, name: Name) -> Response:
    """Show, as a part of the page, what is like a ticket and what its device changed."""
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
        values = _kin(uow, context, ticket, limit=_BRIEF)
        family = family_of(uow, ticket)
    values |= {"family": family, "now": context.clock(), "ticket": ticket}
    return pages.page("ticket_kin.html", viewer, values)


def _head(
    uow: UnitOfWork, context: WebContext, viewer: Viewer, ticket: Ticket
) -> dict[str, object]:
    """Return what every side of a ticket shows, and what can be done to it."""
    device = None if ticket.device_id is None else uow.devices.get(ticket.device_id)
    requester = uow.people.get(PersonId(ticket.requester)) if ticket.requester else None
    allowed: Collection[TicketAction] = ()
    if viewer.may_work:
        allowed = set(allowed_actions(ticket.status, actor=ActorKind.PERSON))
        if not viewer.may(Right.TICKETS_ASSIGN):
            allowed -= {TicketAction.ASSIGN, TicketAction.MERGE}
    return {
        "now": context.clock(),
        "ticket": ticket,
        "hostname": "" if device is None else device.hostname,
        "requester": requester,
        "book": uow.book,
        "tabs": TABS,
        "allowed": allowed,
        "is_active": ticket.status in ACTIVE,
        "is_open": ticket.status in OPEN,
        "is_acknowledged": is_acknowledged(ticket),
        "waits": WAITS,
        "snoozes": SNOOZES,
        "missing": tuple(Missing),
        "modes": tuple(ResolutionMode),
        "causes": tuple(CauseCode),
        "solutions": tuple(ResolutionCode),
        "ends": _ENDS,
        "engine": ENGINE,
        "others": others_at(uow, ticket.ticket_id, user=viewer.user, now=context.clock()),
        "macros": tuple(one for one in uow.book.macros.values() if _may_press(viewer, one)),
        "macro_words": macro_words,
    }


def _may_press(viewer: Viewer, macro: Macro) -> bool:
    return macro.assign in {"", ME} or viewer.may(Right.TICKETS_ASSIGN)


def _overview(uow: UnitOfWork, context: WebContext, ticket: Ticket) -> dict[str, object]:
    now = context.clock()
    coming = escalation_coming(uow, ticket)
    return {
        "clocks": sla_detail(uow, ticket.ticket_id, now=now),
        "cases": uow.ticket_parts.cases(ticket.ticket_id),
        "coming": coming[0] if coming else None,
        "step_words": step_words,
        "signals": signals(uow.tickets.evidence(ticket.ticket_id)),
        "worklog": uow.tickets.worklog(ticket.ticket_id),
        "alerts": uow.alerts.of_ticket(ticket.ticket_id),
    }


def _evidence(uow: UnitOfWork, context: WebContext, ticket: Ticket) -> dict[str, object]:
    evidence = uow.tickets.evidence(ticket.ticket_id)
    history = ticket_history(uow, ticket, now=context.clock(), max_points=_LINES)
    return {
        "evidence": evidence,
        "signals": signals(evidence),
        "labels": {(one.metric, one.instance): one.instance_label for one in evidence},
        "history": history,
        "lines": lines_of(history, _LINES),
        "step_s": (history.until - history.since).total_seconds() / _LINES,
    }


def _around(uow: UnitOfWork, context: WebContext, ticket: Ticket) -> dict[str, object]:
    links = uow.ticket_parts.links(ticket.ticket_id)
    ids = {one for link in links for one in (link.ticket_id, link.other_id)}
    return {
        **_kin(uow, context, ticket, limit=_CHANGES),
        "links": links,
        "linked": uow.tickets.many(ids) if ids else {},
        "merged": uow.tickets.merged_into(ticket.ticket_id),
        "kinds": _LINKS,
    }


def _kin(uow: UnitOfWork, context: WebContext, ticket: Ticket, *, limit: int) -> dict[str, object]:
    changes: tuple[Change, ...] = ()
    if ticket.device_id is not None:
        since = ticket.opened_at - _CHANGED_WITHIN
        changes = device_changes(uow, ticket.device_id, since=since, limit=limit)
    return {
        "similar": similar_tickets(uow, ticket, now=context.clock(), limit=min(limit, SHOWN)),
        "changes": changes,
    }


def _routing(uow: UnitOfWork, context: WebContext, ticket: Ticket) -> dict[str, object]:
    return {
        "routing": routing_detail(uow, ticket, now=context.clock()),
        "escalation": escalation_detail(uow, ticket),
        "step_words": step_words,
        "deliveries": uow.deliveries.of_ticket(ticket.ticket_id),
    }


def _costs(uow: UnitOfWork, _context: WebContext, ticket: Ticket) -> dict[str, object]:
    store, ticket_id = uow.ticket_parts, ticket.ticket_id
    watchers, costs = store.watchers(ticket_id), store.costs(ticket_id)
    return {
        "watchers": watchers,
        "watching": uow.people.many({PersonId(one.watcher) for one in watchers}),
        "costs": costs,
        "totals": totals(costs),
        "cases": store.cases(ticket_id),
    }


_READS = {
    "overview": _overview,
    "evidence": _evidence,
    "around": _around,
    "routing": _routing,
    "costs": _costs,
}
