"""Who may use the API: tokens that are made once, kept as hashes, and checked at every request."""

import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.access.principal import Principal, principal
from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.core.access.scope import checked_sites, checked_tags, scope_of
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.enrollment_tokens import hash_secret
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.token_ports import ApiToken

__all__ = [
    "SECRET_LIMIT",
    "USER_LIMIT",
    "NewApiToken",
    "Principal",
    "Role",
    "TokenWish",
    "authenticate",
    "make_api_token",
    "revoke_api_token",
]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiToken:
    """An API token with its secret, which is shown once."""

    token: ApiToken
    secret: str


def authenticate(uow: UnitOfWork, secret: str, *, now: datetime) -> Principal:
    """Return who holds the secret, with no more than the account behind the token has now.

    Raises:
        DeniedError: The token is unknown, expired or revoked, or the account behind it may not be
            used any more; the message does not say which.
    """
    if len(secret) > SECRET_LIMIT or not secret.isascii():
        raise DeniedError(_DENIED)
    asked = hash_secret(secret)
    token = uow.api_tokens.by_hash(asked)
    same = hmac.compare_digest(asked, _NO_HASH if token is None else token.secret_hash)
    if token is None or not same or not _is_live(token, now):
        raise DeniedError(_DENIED)
    holder = principal(
        token.user,
        Role(token.role),
        scope_of(sites=token.sites, tags=token.tags),
        token_id=token.token_id,
    )
    # A token that was made on the collector's machine follows its user's account, if there is one.
    maker = uow.accounts.get(token.made_by or token.user)
    if maker is None and not token.made_by:
        return holder
    if maker is None or maker.disabled_at is not None:
        raise DeniedError(_DENIED)
    return holder.cut(maker.principal)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """What an API token is to be."""

    user: str
    """Login name that its holder acts under."""
    role: Role
    sites: Collection[str] = ()
    """Ids of the sites that it is narrowed to."""
    tags: Collection[str] = ()
    """Of the devices that it is narrowed to. Without sites and tags it is not narrowed."""
    lifetime: timedelta | None
    """None for until it is revoked."""


def make_api_token(
    uow: UnitOfWork,
    wish: TokenWish,
    *,
    by: By,
    new_id: Callable[[], str],
) -> NewApiToken:
    """Make an API token; its secret is in the answer and nowhere else.

    Args:
        uow: Where it is stored; the caller commits.
        wish: What it is to be.
        by: Who makes it, which it never exceeds.
        new_id: Makes ids.

    Raises:
        DeniedError: The role may more than who makes it, or who makes it has no account.
        InvalidError: User, sites, tags or lifetime are out of range.
    """
    if not wish.user.isprintable() or not 1 <= len(wish.user) <= USER_LIMIT:
        raise InvalidError("user: 1 to %(limit)s printable characters", limit=USER_LIMIT)
    life = wish.lifetime
    if life is not None and not timedelta(minutes=1) <= life <= timedelta(days=3650):
        raise InvalidError("lifetime: between 1 minute and 3650 days")
    maker = by.principal
    if maker is not None and not RIGHTS[wish.role] <= maker.rights:
        raise DeniedError(
            "role: %(role)s may more than you; take one that may less", role=wish.role
        )
    if maker is not None and uow.accounts.get(maker.user) is None:
        raise DeniedError(
            "%(user)s has no account, which the token would end with", user=maker.user
        )
    secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    token = ApiToken(
        token_id=new_id(),
        secret_hash=hash_secret(secret),
        user=wish.user,
        role=wish.role,
        created_at=by.at,
        expires_at=None if life is None else by.at + life,
        revoked_at=None,
        sites=checked_sites(wish.sites, uow.book.sites),
        tags=checked_tags(wish.tags),
        made_by="" if maker is None else maker.user,
    )
    uow.api_tokens.add(token)
    record(uow, by, "made", Kept.API_TOKEN, token.token_id, after=_plain(token))
    return NewApiToken(token=token, secret=secret)


def revoke_api_token(uow: UnitOfWork, token_id: str, *, by: By) -> ApiToken:
    """End an API token.

    Raises:
        NotFoundError: There is none with that id, or it was revoked before.
    """
    token = next((one for one in uow.api_tokens.all() if one.token_id == token_id), None)
    if token is None or token.revoked_at is not None:
        raise NotFoundError("no live API token has the id %(token_id)r", token_id=token_id[:64])
    uow.api_tokens.revoke(token_id, at=by.at)
    record(uow, by, "revoked", Kept.API_TOKEN, token_id, before=_plain(token))
    return token


def _plain(token: ApiToken) -> Mapping[str, str]:
    return {
        "user": token.user,
        "role": token.role,
        "sites": ", ".join(token.sites),
        "tags": ", ".join(token.tags),
        "until": "" if token.expires_at is None else token.expires_at.isoformat(timespec="seconds"),
    }


def _is_live(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)
