"""Signing in by a link: to ask for one by mail, and to follow it.

To look at the page of a link changes nothing, because mail scanners do; its button uses it up.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.core.person import EMAIL_LIMIT
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.services.own_sign_in import ask_for_link, use_link
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import sentence
from sickbay_collector.web.console.viewer import keep_session, refuse_other_sites, visitor_of
from sickbay_collector.web.context import WholeContext

router = APIRouter(prefix="/sign-in/link")

Secret = Annotated[str, Path(max_length=SECRET_LIMIT)]


@router.get("")
def get_ask(pages: Render) -> Response:
    """Ask for the address."""
    return pages.page("sign_in_link.html", None, {"is_asked": False})


@router.post("")
def post_ask(
    context: WholeContext,
    pages: Render,
    request: Request,
    email: Annotated[str, Form(max_length=EMAIL_LIMIT)],
) -> Response:
    """Mail a link, and say the same whether somebody has that address or not."""
    refuse_other_sites(request)
    ask_for_link(
        context.open_writes,
        email,
        visitor_of(request),
        now=context.clock(),
        new_id=context.new_id,
    )
    return pages.page("sign_in_link.html", None, {"is_asked": True})


@router.get("/{secret}")
def get_link(pages: Render, secret: Secret) -> Response:
    """Show the button that signs in."""
    del secret
    return pages.page(
        "sign_in_once.html", None, {"error": ""}, headers={"Referrer-Policy": "no-referrer"}
    )


@router.post("/{secret}")
def post_link(context: WholeContext, pages: Render, request: Request, secret: Secret) -> Response:
    """Use the link up and open a session."""
    refuse_other_sites(request)
    try:
        opened = use_link(context.open_writes, secret, visitor_of(request), now=context.clock())
    except DeniedError as error:
        return pages.page(
            "sign_in_once.html", None, {"error": sentence(error)}, status=HTTPStatus.GONE
        )
    response = RedirectResponse("/own", HTTPStatus.SEE_OTHER)
    keep_session(request, response, opened)
    return response
