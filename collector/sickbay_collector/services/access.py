"""Who may use the API: tokens that are made once, kept as hashes, and checked at every request."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sickbay_collector.core.errors import DeniedError, InvalidError
from sickbay_collector.services.enrollment import hash_secret
from sickbay_collector.services.ports import ApiToken, OpenUnitOfWork, UnitOfWork

SECRET_LIMIT = 256
"""Characters that a secret may have."""
USER_LIMIT = 64
"""Characters that a login name may have."""
_DENIED = "the token is unknown, expired or revoked"
_PREFIX = "sbk_"
# 192 random bits: a plain hash of them cannot be searched.
_SECRET_BYTES = 24
# A hash that no secret has, so that an unknown one takes the same comparison.
_NO_HASH = "0" * 64


class Role(StrEnum):
    """What a token's holder may do; each may also do what those after it may."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    READER = "reader"


_RANKED = tuple(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks."""

    user: str
    role: Role
    token_id: str

    def may(self, role: Role) -> bool:
        """Return whether this principal has the role or a higher one."""
        return _RANKED.index(self.role) <= _RANKED.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiToken:
    """An API token with its secret, which is shown once."""

    token: ApiToken
    secret: str


def authenticate(uow: UnitOfWork, secret: str, *, now: datetime) -> Principal:
    """Return who holds the secret.

    Raises:
        DeniedError: The token is unknown, expired or revoked; the message does not say which.
    """
    if len(secret) > SECRET_LIMIT or not secret.isascii():
        raise DeniedError(_DENIED)
    asked = hash_secret(secret)
    token = uow.api_tokens.by_hash(asked)
    same = hmac.compare_digest(asked, _NO_HASH if token is None else token.secret_hash)
    if token is None or not same or not _is_live(token, now):
        raise DeniedError(_DENIED)
    return Principal(user=token.user, role=Role(token.role), token_id=token.token_id)


def make_api_token(
    open_uow: OpenUnitOfWork,
    *,
    user: str,
    role: Role,
    now: datetime,
    lifetime: timedelta | None,
    new_id: Callable[[], str],
) -> NewApiToken:
    """Make an API token; its secret is in the answer and nowhere else.

    Args:
        open_uow: Opens where it is stored.
        user: Login name that its holder acts under.
        role: What it allows.
        now: The present time.
        lifetime: How long it lives; None for until it is revoked.
        new_id: Makes ids.

    Raises:
        InvalidError: User or lifetime are out of range.
    """
    if not user.isprintable() or not 1 <= len(user) <= USER_LIMIT:
        raise InvalidError(f"user: 1 to {USER_LIMIT} printable characters")
    if lifetime is not None and not timedelta(minutes=1) <= lifetime <= timedelta(days=3650):
        raise InvalidError("lifetime: between 1 minute and 3650 days")
    secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    token = ApiToken(
        token_id=new_id(),
        secret_hash=hash_secret(secret),
        user=user,
        role=role,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
        revoked_at=None,
    )
    with open_uow() as uow:
        uow.api_tokens.add(token)
        uow.commit()
    return NewApiToken(token=token, secret=secret)


def _is_live(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)
