"""Feeds: secrets in an address, with which calendar programs read rotas and nothing else."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.errors import ConflictError, DeniedError, NotFoundError
from sickbay_collector.services.access import SECRET_LIMIT, Principal
from sickbay_collector.services.coverage_ports import FeedToken
from sickbay_collector.services.enrollment_tokens import hash_secret
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

MAX_LIVE_FEEDS = 10
"""Of one technician: as many calendars as anybody has."""
_DENIED = "the feed token is missing, unknown or revoked; make one with `sickbay rota feed`"
_PREFIX = "sbf_"
# 192 random bits: a plain hash of them cannot be searched.
_SECRET_BYTES = 24
_NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed token with its secret, which is shown once."""

    token: FeedToken
    secret: str


def make_feed(
    open_uow: OpenUnitOfWork,
    principal: Principal,
    *,
    login: str,
    now: datetime,
    new_id: Callable[[], str],
) -> NewFeed:
    """Make a feed token for a technician; its secret is in the answer and nowhere else.

    Raises:
        DeniedError: It is for somebody else, and who asks is no administrator.
        NotFoundError: There is no such technician.
        ConflictError: They have ten live ones already.
    """
    _check_own(principal, login)
    secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    token = FeedToken(
        feed_id=new_id(),
        secret_hash=hash_secret(secret),
        login=login,
        created_at=now,
        created_by=principal.user,
        revoked_at=None,
    )
    with open_uow() as uow:
        if login not in uow.book.technicians:
            raise NotFoundError("there is no technician %(login)r", login=login[:64])
        live = [one for one in uow.coverage.feeds() if one.login == login and not one.revoked_at]
        if len(live) >= MAX_LIVE_FEEDS:
            raise ConflictError(
                "%(login)s has %(live)s live feeds already; revoke one first",
                login=login,
                live=len(live),
            )
        uow.coverage.add_feed(token)
        _audit(uow, principal, token, "added", now)
        uow.commit()
    return NewFeed(token=token, secret=secret)


def revoke_feed(
    open_uow: OpenUnitOfWork, principal: Principal, feed_id: str, *, now: datetime
) -> FeedToken:
    """End a feed token.

    Raises:
        NotFoundError: There is none with that id, or it was revoked before.
        DeniedError: It is somebody else's, and who asks is no administrator.
    """
    with open_uow() as uow:
        token = next((one for one in uow.coverage.feeds() if one.feed_id == feed_id), None)
        if token is None:
            raise NotFoundError("there is no feed %(feed_id)r", feed_id=feed_id[:64])
        _check_own(principal, token.login)
        if not uow.coverage.revoke_feed(feed_id, at=now):
            raise NotFoundError("feed %(feed_id)s was revoked before", feed_id=feed_id)
        _audit(uow, principal, token, "revoked", now)
        uow.commit()
    return replace(token, revoked_at=now)


def feed_owner(uow: UnitOfWork, secret: str) -> str:
    """Return whose feed token this is.

    Raises:
        DeniedError: It is unknown or revoked; the message does not say which.
    """
    if len(secret) > SECRET_LIMIT or not secret.isascii():
        raise DeniedError(_DENIED)
    asked = hash_secret(secret)
    token = uow.coverage.feed_by_hash(asked)
    same = hmac.compare_digest(asked, _NO_HASH if token is None else token.secret_hash)
    if token is None or not same or token.revoked_at is not None:
        raise DeniedError(_DENIED)
    if token.login not in uow.book.technicians:
        raise DeniedError(_DENIED)
    return token.login


def _check_own(principal: Principal, login: str) -> None:
    if principal.user != login and not principal.may(Right.ACCOUNTS_WRITE):
        raise DeniedError("only %(login)s or an administrator may do this", login=login[:64])


def _audit(
    uow: UnitOfWork, principal: Principal, token: FeedToken, action: str, now: datetime
) -> None:
    uow.audit.add(
        AuditEvent(
            at=now,
            actor=principal.user,
            action=action,
            object_kind="feed",
            object_id=token.feed_id,
            before={},
            after={"login": token.login},
        )
    )
