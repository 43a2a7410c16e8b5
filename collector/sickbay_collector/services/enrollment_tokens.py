"""Enrollment tokens: making, using and revoking them.

A stranger learns nothing from a refusal: a wrong, expired, used-up and revoked token, and one that
is for other networks, give the same answer. Why it was is counted, stands with the token, and the
audit has the first of a series.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.core.enrollment import Refusal, refusal_of
from sickbay_collector.core.errors import DeniedError, InvalidError, NotFoundError
from sickbay_collector.core.networks import parse_networks
from sickbay_collector.core.text import clean_text
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

DENIED = "the enrollment token is not valid, or not from this network"
# Whoever has a token could fill the audit with refusals: it gets those after a pause only.
_SERIES = timedelta(hours=1)


class TokenRefusedError(DeniedError):
    """A token lets nobody in; its message does not say why."""

    def __init__(self, reason: Refusal, token_id: str) -> None:
        super().__init__(DENIED)
        self.reason = reason
        self.token_id = token_id
        """"" where there is no such token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Whom a token lets in, and as what."""

    networks: Sequence[str] = ()
    """CIDRs that it works from; () for everywhere."""
    approval: bool = False
    """Whether its devices wait for somebody's approval."""
    adopt: bool = False
    """Whether a machine that is known and silent becomes its device again."""


ANY_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """An enrollment token with its secret, which is shown once."""

    token: EnrollmentToken
    secret: str


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret of 128 random bits or more: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(
    open_uow: OpenUnitOfWork,
    *,
    by: By,
    lifetime: timedelta,
    max_uses: int,
    comment: str,
    new_id: Callable[[], str],
    terms: Terms = ANY_TERMS,
) -> NewToken:
    """Make an enrollment token; its secret is in the answer and nowhere else.

    Args:
        open_uow: Begins the transaction.
        by: Who makes it.
        lifetime: For how long it works.
        max_uses: How many devices it lets in.
        comment: What it is for.
        new_id: Gives its id.
        terms: Whom it lets in, and as what.

    Raises:
        InvalidError: Lifetime, uses or networks are out of range, or it asks for approval and
            adopts.
    """
    if terms.approval and terms.adopt:
        raise InvalidError(
            "adopt: a token that demands approval lets nobody become a device that is let in"
        )
    if not timedelta(minutes=1) <= lifetime <= timedelta(days=365):
        raise InvalidError("lifetime: between 1 minute and 365 days")
    if not 1 <= max_uses <= 100_000:
        raise InvalidError("uses: between 1 and 100000, not %(most)s", most=max_uses)
    secret = secrets.token_urlsafe(24)
    token = EnrollmentToken(
        token_id=new_id(),
        secret_hash=hash_secret(secret),
        created_at=by.at,
        expires_at=by.at + lifetime,
        max_uses=max_uses,
        uses=0,
        revoked_at=None,
        comment=clean_text(comment),
        networks=parse_networks(terms.networks),
        approval=terms.approval,
        adopt=terms.adopt,
    )
    with open_uow() as uow:
        uow.tokens.add(token)
        record(uow, by, "made", Kept.ENROLLMENT_TOKEN, token.token_id, after=_plain(token))
        uow.commit()
    return NewToken(token=token, secret=secret)


def revoke_token(open_uow: OpenUnitOfWork, token_id: str, *, by: By) -> EnrollmentToken:
    """End an enrollment token; devices that used it stay.

    Raises:
        NotFoundError: There is none with that id, or it was revoked before.
    """
    with open_uow() as uow:
        token = next((one for one in uow.tokens.all() if one.token_id == token_id), None)
        if token is None or not uow.tokens.revoke(token_id, at=by.at):
            raise NotFoundError("no live token has the id %(token_id)s", token_id=token_id[:64])
        record(uow, by, "revoked", Kept.ENROLLMENT_TOKEN, token_id, before=_plain(token))
        uow.commit()
    return token


def use_token(uow: UnitOfWork, secret: str, *, address: str, now: datetime) -> EnrollmentToken:
    """Return the token with this secret, of which one use was taken.

    Raises:
        TokenRefusedError: It lets nobody in who calls from there.
    """
    token = uow.tokens.by_hash(hash_secret(secret))
    reason = refusal_of(token, address=address, now=now)
    if token is None or reason is not None:
        raise TokenRefusedError(reason or Refusal.UNKNOWN, token.token_id if token else "")
    if not uow.tokens.take_use(token.token_id, now=now):
        # Somebody took the last use, or revoked it, since it was read.
        raise TokenRefusedError(Refusal.USED_UP, token.token_id)
    return token


def note_refusal(
    open_uow: OpenUnitOfWork, refused: TokenRefusedError, *, address: str, now: datetime
) -> None:
    """Keep with a token that it was shown in vain; a secret that is none leaves no trace here."""
    if not refused.token_id:
        return
    with open_uow() as uow:
        before = uow.tokens.note_refusal(refused.token_id, at=now, address=address)
        if before is None or now - before >= _SERIES:
            said = {"reason": refused.reason.value, "address": address}
            record(uow, By(at=now), "refused", Kept.ENROLLMENT_TOKEN, refused.token_id, after=said)
        uow.commit()


def _plain(token: EnrollmentToken) -> Mapping[str, str]:
    return {
        "uses": str(token.max_uses),
        "until": token.expires_at.isoformat(timespec="seconds"),
        "comment": token.comment,
        "networks": ", ".join(token.networks),
        "approval": "yes" if token.approval else "",
        "adopt": "yes" if token.adopt else "",
    }
