"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.services.access import SECRET_LIMIT
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.given_back import Obstacle, typed_page
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import _, sentence
from sickbay_collector.web.console.typed import SEALED_LIMIT, unseal
from sickbay_collector.web.console.viewer import (
    Viewer,
    check_form,
    csrf_of,
    drop_session,
    keep_session,
    refuse_other_sites,
    safe_path,
    session_secret,
    viewer_of,
    visitor_of,
)
from sickbay_collector.web.context import WebContext, WholeContext

router = APIRouter()

PATH_LIMIT = 2000
"""Characters of where to go then."""


class SignInForm(Body):
    """What the page that asks who it is sends."""

    login: Annotated[str, Field(max_length=SECRET_LIMIT)]
    password: Annotated[str, Field(max_length=4 * SECRET_LIMIT)]
    next: Annotated[str, Field(max_length=PATH_LIMIT)] = "/"
    draft: Annotated[str, Field(max_length=SEALED_LIMIT)] = ""


@router.get("/sign-in")
def get_sign_in(
    context: WholeContext,
    pages: Render,
    next: Annotated[str, Query(max_length=PATH_LIMIT)] = "/",  # noqa: A002 - what links say
) -> Response:
    """Ask who it is."""
    return sign_in_page(pages, next_path=next, provider=provider_of(context))


@router.post("/sign-in")
def post_sign_in(
    context: WholeContext,
    pages: Render,
    request: Request,
    said: Annotated[SignInForm, Form()],
) -> Response:
    """Open a session and go where it was wanted, or give back what was typed before."""
    refuse_other_sites(request)
    visitor = visitor_of(request)
    try:
        secret = context.sign_in.sign_in(said.login, said.password, visitor, now=context.clock())
    except DeniedError as error:
        return sign_in_page(
            pages,
            next_path=said.next,
            draft=said.draft,
            login=said.login,
            error=sentence(error),
            provider=provider_of(context),
        )
    typed = unseal(said.draft, session_secret(request), now=context.clock())
    response: Response = RedirectResponse(safe_path(said.next), HTTPStatus.SEE_OTHER)
    if typed is not None:
        principal = context.sign_in.whose(secret, now=context.clock())
        assert principal is not None  # noqa: S101 - the session is new
        viewer = Viewer(principal=principal, csrf=csrf_of(secret))
        reached = context.reaching(principal.scope)
        response = typed_page(reached, pages, viewer, typed, _was_over())
    keep_session(request, response, secret)
    return response


def sign_in_page(
    pages: Pages,
    *,
    next_path: str,
    draft: str = "",
    is_kept: bool = False,
    login: str = "",
    error: str = "",
    provider: str = "",
) -> Response:
    """Return the page that asks who it is.

    Args:
        pages: The templates.
        next_path: Where to go then.
        draft: What was typed into a form before, sealed.
        is_kept: Whether to say that a session was over.
        login: What was typed as login.
        error: What is wrong with it; "" where nothing is.
        provider: Where else to sign in; "" for nowhere.
    """
    values = {
        "next": safe_path(next_path),
        "login": login,
        "error": error,
        "kept": is_kept,
        "draft": draft,
        "provider": provider,
    }
    refused = HTTPStatus.UNAUTHORIZED if is_kept and draft else HTTPStatus.OK
    status = HTTPStatus.FORBIDDEN if error else refused
    return pages.page("sign_in.html", None, values, status=status)


def provider_of(context: WebContext) -> str:
    """Return what the provider is called that people may sign in at; "" for none."""
    return "" if context.oidc is None else context.oidc.name


@router.post("/sign-out")
def post_sign_out(
    context: WholeContext,
    request: Request,
    viewer: Annotated[Viewer, Depends(viewer_of)],
    csrf: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """End the session."""
    check_form(request, viewer, csrf)
    context.sign_in.sign_out(session_secret(request), now=context.clock())
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    drop_session(request, response)
    return response


def _was_over() -> Obstacle:
    return Obstacle(
        title=_("Your session was over"),
        detail=_("You are signed in again. Nothing was done yet: look at it, and send it."),
        status=HTTPStatus.OK,
    )
