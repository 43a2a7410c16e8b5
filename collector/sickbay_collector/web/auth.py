"""Who asks: a bearer token in, a principal out, or 401 and 403."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.right import NEVER_IN_PART, Right
from sickbay_collector.core.errors import DeniedError
from sickbay_collector.services.access import SECRET_LIMIT, authenticate
from sickbay_collector.services.feeds import feed_owner
from sickbay_collector.web.console.viewer import session_secret
from sickbay_collector.web.context import WebContext, WholeContext, principal_in, whole_context
from sickbay_collector.web.problems import ApiError

_CHALLENGE = MappingProxyType({"WWW-Authenticate": 'Bearer realm="sickbay"'})
_READING = frozenset({"GET", "HEAD"})
_BEARER = HTTPBearer(
    scheme_name="token",
    bearerFormat="opaque",
    description="Made by `sickbay user token`.",
    auto_error=False,
)


def asking(request: Request) -> Principal:
    """Return who holds the request's token, or the session that a page of the console reads with.

    A session reads only: what changes something needs a token, which no other site can send.

    Raises:
        ApiError: There is none, or it is not valid: 401.
    """
    context = whole_context(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        principal = _reader(context, request)
        if principal is not None:
            return principal
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "a token is needed in the Authorization header: Bearer and the token",
            headers=_CHALLENGE,
        )
    try:
        with context.open_reads() as uow:
            return authenticate(uow, secret.strip(), now=context.clock())
    except DeniedError as error:
        raise ApiError(HTTPStatus.UNAUTHORIZED, str(error), headers=_CHALLENGE) from error


def principal_of(
    request: Request,
    _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Principal:
    """Return who asks.

    Raises:
        ApiError: Nobody does: 401.
    """
    return principal_in(request)


def feed_reader_of(
    context: WholeContext,
    token: Annotated[
        str,
        Query(
            max_length=SECRET_LIMIT,
            description="The secret of a feed: calendar programs cannot send headers.",
        ),
    ] = "",
) -> str:
    """Return the login of the technician whose feed token the address has.

    Raises:
        ApiError: There is none, or it is not valid: 401.
    """
    try:
        with context.open_reads() as uow:
            return feed_owner(uow, token)
    except DeniedError as error:
        raise ApiError(HTTPStatus.UNAUTHORIZED, str(error)) from error


def _reader(context: WebContext, request: Request) -> Principal | None:
    secret = session_secret(request) if request.method in _READING else ""
    return context.sign_in.whose(secret, now=context.clock()) if secret else None


class Needs:
    """Lets a request pass whose principal has a right; a dependency of every route.

    Args:
        right: Which.
        everywhere: Whether it must have it for everything, because the route is about everything.
    """

    def __init__(self, right: Right, *, everywhere: bool = False) -> None:
        self.right = right
        self.everywhere = everywhere or right in NEVER_IN_PART

    def __call__(self, principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
        """Return who asks.

        Raises:
            ApiError: The principal has not the right, or not everywhere: 403.
        """
        check_right(principal, self.right, everywhere=self.everywhere)
        return principal


def check_right(principal: Principal, right: Right, *, everywhere: bool = False) -> None:
    """Let nobody pass who has not the right, or has it not everywhere where that is needed.

    Raises:
        ApiError: 403.
    """
    if not principal.may(right):
        raise ApiError(
            HTTPStatus.FORBIDDEN, f"this needs the right {right}, which {principal.role} lacks"
        )
    if everywhere and not principal.scope.is_everything:
        raise ApiError(
            HTTPStatus.FORBIDDEN, f"this needs the right {right} everywhere, not for a part only"
        )


Anyone = Annotated[Principal, Depends(principal_of)]
"""Somebody, whatever they may."""
DevicesRead = Annotated[Principal, Depends(Needs(Right.DEVICES_READ))]
DevicesWrite = Annotated[Principal, Depends(Needs(Right.DEVICES_WRITE))]
DevicesAllRead = Annotated[Principal, Depends(Needs(Right.DEVICES_READ, everywhere=True))]
DevicesRevoke = Annotated[Principal, Depends(Needs(Right.DEVICES_WRITE, everywhere=True))]
AssetsWrite = Annotated[Principal, Depends(Needs(Right.ASSETS_WRITE))]
AssetsImport = Annotated[Principal, Depends(Needs(Right.ASSETS_WRITE, everywhere=True))]
TicketsRead = Annotated[Principal, Depends(Needs(Right.TICKETS_READ))]
TicketsWork = Annotated[Principal, Depends(Needs(Right.TICKETS_WORK))]
TicketsAssign = Annotated[Principal, Depends(Needs(Right.TICKETS_ASSIGN))]
AlertsTell = Annotated[Principal, Depends(Needs(Right.TICKETS_WORK, everywhere=True))]
ContactsLog = Annotated[Principal, Depends(Needs(Right.CONTACTS_LOG))]
AlertsRead = Annotated[Principal, Depends(Needs(Right.ALERTS_READ))]
RulesWrite = Annotated[Principal, Depends(Needs(Right.RULES_WRITE))]
QuietWrite = Annotated[Principal, Depends(Needs(Right.QUIET_WRITE))]
DeskRead = Annotated[Principal, Depends(Needs(Right.DESK_READ))]
DeskWrite = Annotated[Principal, Depends(Needs(Right.DESK_WRITE))]
CoverageWrite = Annotated[Principal, Depends(Needs(Right.COVERAGE_WRITE))]
PeopleRead = Annotated[Principal, Depends(Needs(Right.PEOPLE_READ))]
PeopleWrite = Annotated[Principal, Depends(Needs(Right.PEOPLE_WRITE))]
PeopleImport = Annotated[Principal, Depends(Needs(Right.PEOPLE_WRITE, everywhere=True))]
KpisRead = Annotated[Principal, Depends(Needs(Right.KPIS_READ))]
AuditRead = Annotated[Principal, Depends(Needs(Right.AUDIT_READ))]
AccountsWrite = Annotated[Principal, Depends(Needs(Right.ACCOUNTS_WRITE))]
TokensWrite = Annotated[Principal, Depends(Needs(Right.TOKENS_WRITE))]
OwnRead = Annotated[Principal, Depends(Needs(Right.OWN_READ))]
OwnWrite = Annotated[Principal, Depends(Needs(Right.OWN_WRITE))]
FeedReader = Annotated[str, Depends(feed_reader_of)]
