"""Who asks: a bearer token in, a principal out, or 401 and 403."""

from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.services.access import SECRET_LIMIT, Principal, Role, authenticate
from sickbay_collector.services.feeds import feed_owner
from sickbay_collector.web.console.viewer import session_secret
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

_CHALLENGE = MappingProxyType({"WWW-Authenticate": 'Bearer realm="sickbay"'})
_READING = frozenset({"GET", "HEAD"})
_BEARER = HTTPBearer(
    scheme_name="token",
    bearerFormat="opaque",
    description="Made by `sickbay user token`.",
    auto_error=False,
)


def principal_of(
    context: Context,
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Principal:
    """Return who holds the request's token, or the session that a page of the console reads with.

    A session reads only: what changes something needs a token, which no other site can send.

    Raises:
        ApiError: There is none, or it is not valid: 401.
    """
    if credentials is None:
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
            return authenticate(uow, credentials.credentials, now=context.clock())
    except DeniedError as error:
        raise ApiError(HTTPStatus.UNAUTHORIZED, str(error), headers=_CHALLENGE) from error


def feed_reader_of(
    context: Context,
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


class Require:
    """Lets a request pass whose principal has a role; a dependency of every route.

    Args:
        role: The lowest role that may pass.
    """

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
        """Return who asks.

        Raises:
            ApiError: The principal's role is too low: 403.
        """
        if not principal.may(self.role):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                f"this needs the role {self.role}, and the token has {principal.role}",
            )
        return principal


Reader = Annotated[Principal, Depends(Require(Role.READER))]
Administrator = Annotated[Principal, Depends(Require(Role.ADMINISTRATOR))]
Technician = Annotated[Principal, Depends(Require(Role.TECHNICIAN))]
FeedReader = Annotated[str, Depends(feed_reader_of)]
