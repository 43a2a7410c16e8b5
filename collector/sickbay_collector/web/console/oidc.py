"""Signing in at another place: there and back again.

What the browser keeps meanwhile is a cookie that no script reads and no other site sets; without it
a return from the provider is nobody's.
"""

import base64
import binascii
import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.errors import DeniedError, UnavailableError
from sickbay_collector.core.oidc import PENDING, WAY_BACK, Attempt
from sickbay_collector.services.oidc_sign_in import OidcSignIn
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.sign_in import PATH_LIMIT, sign_in_page
from sickbay_collector.web.console.texts import _, sentence
from sickbay_collector.web.console.viewer import (
    is_secure,
    keep_session,
    safe_path,
    visitor_of,
)
from sickbay_collector.web.context import WebContext, WholeContext

_LOG = logging.getLogger(__name__)
router = APIRouter()

_SECURE_NAME = "__Host-sickbay-oidc"
_PLAIN_NAME = "sickbay-oidc"
# What a provider may send back; a code is some hundred characters.
_SENT_LIMIT = 4096


@router.get("/sign-in/oidc")
def get_begin(
    context: WholeContext,
    request: Request,
    pages: Render,
    next: Annotated[str, Query(max_length=PATH_LIMIT)] = "/",  # noqa: A002 - what links say
) -> Response:
    """Go to the provider."""
    oidc = _configured(context)
    wanted = safe_path(next)
    try:
        attempt, address = oidc.begin(wanted, now=context.clock())
    except UnavailableError as error:
        said = _refusal(oidc, error)
        return sign_in_page(pages, next_path=wanted, error=said, provider=oidc.name)
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        _name(request),
        _packed(attempt),
        max_age=int(PENDING.total_seconds()),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(WAY_BACK)
def get_done(
    context: WholeContext,
    request: Request,
    pages: Render,
    *,
    state: Annotated[str, Query(max_length=_SENT_LIMIT)] = "",
    code: Annotated[str, Query(max_length=_SENT_LIMIT)] = "",
    error: Annotated[str, Query(max_length=_SENT_LIMIT)] = "",
) -> Response:
    """Come back from the provider: open a session and go where it was wanted."""
    oidc = _configured(context)
    attempt = _unpacked(request.cookies.get(_name(request), ""))
    try:
        given = _code(code, error)
        secret = oidc.finish(attempt, state, given, visitor_of(request), now=context.clock())
    except (DeniedError, UnavailableError) as refusal:
        wanted = "/" if attempt is None else attempt.next
        said = _refusal(oidc, refusal)
        page = sign_in_page(pages, next_path=wanted, error=said, provider=oidc.name)
        return _without_cookie(request, page)
    assert attempt is not None  # noqa: S101 - `finish` refused without one
    response = RedirectResponse(safe_path(attempt.next), HTTPStatus.SEE_OTHER)
    keep_session(request, response, secret)
    return _without_cookie(request, response)


def _refusal(oidc: OidcSignIn, error: DeniedError | UnavailableError) -> str:
    """Return what a stranger is told; where the provider is and how it fails stays in the log."""
    if isinstance(error, DeniedError):
        return sentence(error)
    _LOG.error("event=oidc_unavailable error=%r", str(error))
    return _(
        "%(provider)s cannot be reached now; try again in a moment, or use a password",
        provider=oidc.name,
    )


def _code(code: str, error: str) -> str:
    if error or not code:
        raise DeniedError(_("the provider did not let you in; begin again, or use a password"))
    return code


def _configured(context: WebContext) -> OidcSignIn:
    if context.oidc is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return context.oidc


def _without_cookie(request: Request, response: Response) -> Response:
    response.delete_cookie(
        _name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )
    return response


def _packed(attempt: Attempt) -> str:
    plain = [
        attempt.state,
        attempt.nonce,
        attempt.verifier,
        attempt.next,
        int(attempt.begun_at.timestamp()),
    ]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode("ascii")


def _unpacked(kept: str) -> Attempt | None:
    """Return what the browser kept; None for what is none of ours."""
    try:
        state, nonce, verifier, wanted, begun = json.loads(
            base64.b64decode(kept.encode("ascii"), altchars=b"-_", validate=True)
        )
        texts = (state, nonce, verifier, wanted)
        if not all(isinstance(one, str) and one for one in texts) or not verifier.isascii():
            return None
        return Attempt(
            state=state,
            nonce=nonce,
            verifier=verifier,
            next=safe_path(wanted),
            begun_at=datetime.fromtimestamp(begun, UTC),
        )
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError, RecursionError):
        return None


def _name(request: Request) -> str:
    return _SECURE_NAME if is_secure(request) else _PLAIN_NAME
