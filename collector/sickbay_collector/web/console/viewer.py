"""Who looks at a page: the session of the cookie, and proof that a form is the console's own.

A form carries a token that follows from the session's secret, which no other site can read; and
browsers that tell where a request comes from are believed when they say that it is another site.
"""

import hashlib
import hmac
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.right import Right
from sickbay_collector.services.sign_in import Visitor
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.context import principal_in, whole_context
from sickbay_collector.web.problems import ApiError

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
LIVE_HEADER = "x-live"
"""Said by a page that refreshes itself: an open page alone keeps nobody signed in."""
# Only cookies that were set over TLS, for this host alone, may have the prefix.
# Source: RFC 6265bis section 4.1.3.2.
_SECURE_NAME = "__Host-sickbay"
_PLAIN_NAME = "sickbay-session"
_OWN_SITES = frozenset({"same-origin", "none"})


class SignInNeededError(Exception):
    """Nobody is signed in, and the page needs somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who is signed in."""

    principal: Principal
    csrf: str

    @property
    def user(self) -> str:
        """Return the login name."""
        return self.principal.user

    @property
    def may_work(self) -> bool:
        """Return whether forms that work on a ticket are shown."""
        return self.principal.may(Right.TICKETS_WORK)

    def may(self, right: str) -> bool:
        """Return whether the viewer has a right, by its name.

        Raises:
            ValueError: There is no such right.
        """
        return self.principal.may(Right(right))


def viewer_of(request: Request) -> Viewer:
    """Return who looks.

    Raises:
        SignInNeededError: There is no session, or it is over.
    """
    return Viewer(principal=principal_in(request), csrf=csrf_of(session_secret(request)))


def signed_in(request: Request) -> Principal:
    """Return whose session it is.

    Raises:
        SignInNeededError: There is no session, or it is over.
    """
    secret = session_secret(request)
    context = whole_context(request)
    is_use = LIVE_HEADER not in request.headers
    now = context.clock()
    principal = context.sign_in.whose(secret, now=now, is_use=is_use) if secret else None
    if principal is None:
        raise SignInNeededError
    return principal


def refuse_other_sites(request: Request) -> None:
    """Let no other site send a form.

    Source: W3C Fetch Metadata Request Headers, Sec-Fetch-Site.

    Raises:
        ApiError: The browser says that another site sent it: 403.
    """
    site = request.headers.get("sec-fetch-site", "")
    if site and site not in _OWN_SITES:
        raise ApiError(
            HTTPStatus.FORBIDDEN, _("another site sent this form; send it from the page")
        )


def check_form(request: Request, viewer: Viewer, token: str) -> None:
    """Let nothing but the console's own forms change something.

    Raises:
        ApiError: It came from elsewhere, or the page is older than the session: 403.
    """
    refuse_other_sites(request)
    sent = token or request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), viewer.csrf.encode()):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            _("this page is older than your session; load it again and send it"),
        )


def csrf_of(secret: str) -> str:
    """Return the token of a session's forms."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()


def session_secret(request: Request) -> str:
    """Return the secret that the browser holds; "" for none."""
    return request.cookies.get(_cookie_name(request), "")


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Give a session's secret to the browser, which no script can read."""
    response.set_cookie(
        _cookie_name(request),
        secret,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take a session's secret from the browser."""
    response.delete_cookie(
        _cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def is_secure(request: Request) -> bool:
    """Return whether browsers reach the console over TLS: plain HTTP is for this machine only."""
    return whole_context(request).is_secure


def visitor_of(request: Request) -> Visitor:
    """Return where a request comes from, as the socket says."""
    address = request.client.host if request.client else ""
    return Visitor(address=address, agent=request.headers.get("user-agent", ""))


def sign_in_path(request: Request) -> str:
    """Return where to sign in, and then come back."""
    wanted = request.url.path
    if request.url.query:
        wanted += f"?{request.url.query}"
    return f"/sign-in?next={quote(wanted, safe='')}"


def safe_path(wanted: str) -> str:
    """Return where to go after signing in: a path of this site, else the home page."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_local and wanted.isprintable() else "/"


def _cookie_name(request: Request) -> str:
    return _SECURE_NAME if is_secure(request) else _PLAIN_NAME
