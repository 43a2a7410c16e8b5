"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.viewer import (
    Viewer,
    check_form,
    drop_session,
    keep_session,
    refuse_other_sites,
    safe_path,
    session_secret,
    viewer_of,
    visitor_of,
)
from sickbay_collector.web.context import Context

router = APIRouter()

_PATH_LIMIT = 2000


@router.get("/sign-in")
def get_sign_in(
    pages: Render,
    next: Annotated[str, Query(max_length=_PATH_LIMIT)] = "/",  # noqa: A002 - what links say
    kept: Annotated[bool, Query()] = False,  # noqa: FBT002 - a flag of the query
) -> Response:
    """Ask who it is."""
    return pages.page(
        "sign_in.html", None, {"next": safe_path(next), "login": "", "error": "", "kept": kept}
    )


@router.post("/sign-in")
def post_sign_in(
    context: Context,
    pages: Render,
    request: Request,
    login: Annotated[str, Form(max_length=SECRET_LIMIT)],
    password: Annotated[str, Form(max_length=4 * SECRET_LIMIT)],
    next: Annotated[str, Form(max_length=_PATH_LIMIT)] = "/",  # noqa: A002 - as above
) -> Response:
    """Open a session and go where it was wanted."""
    refuse_other_sites(request)
    visitor = visitor_of(request)
    try:
        secret = context.sign_in.sign_in(login, password, visitor, now=context.clock())
    except DeniedError as error:
        values = {"next": safe_path(next), "login": login, "error": str(error), "kept": False}
        return pages.page("sign_in.html", None, values, status=HTTPStatus.FORBIDDEN)
    response = RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)
    keep_session(request, response, secret)
    return response


@router.post("/sign-out")
def post_sign_out(
    context: Context,
    request: Request,
    viewer: Annotated[Viewer, Depends(viewer_of)],
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """End the session."""
    check_form(request, viewer, csrf)
    context.sign_in.sign_out(session_secret(request))
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    drop_session(request, response)
    return response
