"""Log a contact: who calls by which way, about what, and whether it is solved already."""

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.codes import CauseCode, ResolutionCode, ResolutionMode
from sickbay_collector.core.desk.contact import ID_LIMIT
from sickbay_collector.core.desk.suggest import Suggestion
from sickbay_collector.core.desk.ticket import TicketSource
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.services.callers import find_callers
from sickbay_collector.services.contacts import Intake, open_contact
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.suggestions import suggest_category
from sickbay_collector.services.ticket_parts_ports import RequestKey
from sickbay_collector.web.api.ticket_bodies import ContactBody, ResolveBody
from sickbay_collector.web.console.allowed import ContactsLog
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/contacts")

CHANNELS = (TicketSource.PHONE, TicketSource.WALK_UP, TicketSource.CHAT, TicketSource.EMAIL)
_ROUTE = "console: a contact"
_SAID = ("key", "caller", "about", "suggested", "resolution", "mode", "cause", "code")

# Fewer letters than these may become any word.
_TELLS = 8
_Title = Annotated[str, Query(max_length=TITLE_LIMIT, pattern=r"^[^\x00]*$")]
_Category = Annotated[str, Query(max_length=2 * ID_LIMIT + 1, pattern=r"^[^\x00]*$")]
_Who = Annotated[str, Query(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]


@router.get("/new")
def get_new(context: Context, pages: Render, viewer: ContactsLog, who: _Who = "") -> Response:
    """Show the form, and who may be calling where that was asked."""
    with context.open_reads() as uow:
        callers = find_callers(uow, who, now=context.clock())
        book = uow.book
    return pages.page(
        "contact.html",
        viewer,
        {
            "who": who,
            "callers": callers,
            **_about(book, "", "", ()),
            "key": context.new_id(),
            "channels": CHANNELS,
            "modes": tuple(ResolutionMode),
            "causes": tuple(CauseCode),
            "solutions": tuple(ResolutionCode),
        },
    )


@router.get("/callers")
def get_callers(context: Context, pages: Render, viewer: ContactsLog, who: _Who = "") -> Response:
    """Show, as a part of the form, who may be calling."""
    with context.open_reads() as uow:
        callers = find_callers(uow, who, now=context.clock())
    return pages.page("callers.html", viewer, {"who": who, "callers": callers})


@router.get("/about")
def get_about(
    context: Context,
    pages: Render,
    viewer: ContactsLog,
    title: _Title = "",
    about: _Category = "",
    suggested: _Category = "",
) -> Response:
    """Show, as a part of the form, what it is probably about; what somebody chose stays."""
    with context.open_reads() as uow:
        found = suggest_category(uow, title, now=context.clock())
        values = _about(uow.book, about, suggested, found)
    return pages.page("about.html", viewer, {**values, "asked": len(title) >= _TELLS})


@router.post("")
def post_contact(context: Context, viewer: ContactsLog, fields: Fields) -> Response:
    """Open the ticket, once however often the form is sent, and go to it."""
    said = plain(fields)
    asked = _contact(said)
    body = body_of(ContactBody, asked)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    # Who is quicker than the suggestion, or has no script, gets it all the same.
    if not {"about", "suggested", "service"} & said.keys():
        body = body_of(ContactBody, asked | _suggested(context, body.title))
    key = RequestKey(user=viewer.user, route=_ROUTE, key=said.get("key", ""), body_hash=digest)
    opened = open_contact(
        context.open_writes,
        Intake(contact=body.contact(), device=body.device, solution=body.solution(), key=key),
        user=viewer.user,
        now=context.clock(),
        new_id=context.new_id,
    )
    return RedirectResponse(f"/tickets/{opened.ticket.number}", HTTPStatus.SEE_OTHER)


def _about(
    book: DeskBook, about: str, suggested: str, found: Sequence[Suggestion]
) -> dict[str, object]:
    """Return the choice of a category: the first that is suggested, unless another was chosen."""
    first = f"{found[0].category}/{found[0].subcategory}".rstrip("/") if found else ""
    chosen = first if about in {"", suggested} else about
    category, _, subcategory = chosen.partition("/")
    return {
        "book": book,
        "chosen": {"category": category, "subcategory": subcategory},
        "suggested": first,
        "suggestions": found,
        "asked": False,
    }


def _suggested(context: WebContext, title: str) -> dict[str, object]:
    with context.open_reads() as uow:
        found = suggest_category(uow, title, now=context.clock())
    return {"category": found[0].category, "subcategory": found[0].subcategory} if found else {}


def _contact(said: dict[str, str]) -> dict[str, object]:
    """Return what a form says as the API's fields; a device that was typed goes before another."""
    found: dict[str, object] = {name: said[name] for name in said if name not in _SAID}
    person, _, device = said.get("caller", "").partition("|")
    category, _, subcategory = said.get("about", "").partition("/")
    proposed = {
        "requester": person,
        "device": device,
        "category": category,
        "subcategory": subcategory,
    }
    found = {name: value for name, value in proposed.items() if value} | found
    if "resolution" in said:
        found["solved"] = body_of(ResolveBody, said)
    return found
