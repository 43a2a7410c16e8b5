"""Signing in at another place, by OpenID Connect: what its answer must say, and what it grants.

Pure: the signature was checked before (`oidc.py` of the collector), the time is an argument.

Source: OpenID Connect Core 1.0 sections 2 and 3.1.3.7; RFC 7636 (PKCE); RFC 9700 (best practice).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.errors import DeniedError

WAY_BACK = "/sign-in/oidc/done"
"""The path of the console that the provider sends people back to."""
PENDING = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_LEEWAY = timedelta(minutes=1)
# A token is made for this sign-in; what is older was kept by somebody.
_OLDEST = timedelta(minutes=10)
_SUBJECT_LIMIT = 255
_TEXT_LIMIT = 320
_GROUPS_LIMIT = 10_000

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Names of this machine."""

Claims = Mapping[str, object]
"""What an ID token says, its signature checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """What is configured of the provider."""

    issuer: str
    client_id: str
    client_secret: str = ""
    """"" for a public client; PKCE is used either way."""
    redirect_uri: str
    login_claim: str = "preferred_username"
    groups_claim: str = "groups"
    roles: Mapping[str, Role]
    """By group, the first that fits counts."""
    are_people_requesters: bool = True
    """Whether somebody without a role may come in as a requester, by a known e-mail address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcIdentity:
    """Who the provider says it is."""

    subject: str
    """Issuer and subject, which never go over to somebody else."""
    login: str
    """What to call them; "" where the provider does not say."""
    name: str
    email: str
    """"" unless the provider says that it is verified."""
    role: Role | None
    """By the groups; None for none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in that has begun: what the browser keeps until it comes back."""

    state: str
    nonce: str
    verifier: str
    next: str
    """Where to go then."""
    begun_at: datetime


def challenge_of(verifier: str) -> str:
    """Return what the provider is told of the verifier before it is told the verifier.

    Source: RFC 7636 section 4.2, method S256.
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def is_safe(address: str) -> bool:
    """Return whether what is sent to an address goes over TLS, or does not leave this machine."""
    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_here)


def check_return(attempt: Attempt | None, state: str, *, now: datetime) -> Attempt:
    """Return the attempt that this return from the provider belongs to.

    Raises:
        DeniedError: It belongs to none of this browser, or took too long.
    """
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise DeniedError("this sign-in was not begun in this browser; begin it again")
    if not timedelta() - _LEEWAY <= now - attempt.begun_at <= PENDING:
        raise DeniedError("this sign-in took too long; begin it again")
    return attempt


def identity_of(
    claims: Claims, settings: OidcSettings, *, nonce: str, now: datetime
) -> OidcIdentity:
    """Return who an ID token is about.

    Raises:
        DeniedError: It is not from this provider, not for this collector, not for this sign-in, or
            not of now; the message says which, because only the signed-in person's provider can
            cause it.
    """
    _check_parties(claims, settings)
    _check_times(claims, now)
    if not hmac.compare_digest(_text(claims, "nonce").encode(), nonce.encode()):
        raise DeniedError("the ID token is for another sign-in")
    subject = _text(claims, "sub")
    if not 1 <= len(subject) <= _SUBJECT_LIMIT:
        raise DeniedError("the ID token names no subject")
    email = _text(claims, "email") if claims.get("email_verified") is True else ""
    return OidcIdentity(
        subject=f"{settings.issuer} {subject}",
        login=_text(claims, settings.login_claim),
        name=_text(claims, "name"),
        email=email,
        role=_role(claims, settings),
    )


def is_same_address(one: str, other: str) -> bool:
    """Return whether two e-mail addresses are one, by the case of A to Z only.

    Lowering all of Unicode would make the Kelvin sign a "k", and so another mailbox this one.
    """
    return one.encode().lower() == other.encode().lower()


def _check_parties(claims: Claims, settings: OidcSettings) -> None:
    if claims.get("iss") != settings.issuer:
        raise DeniedError("the ID token is from another issuer")
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if settings.client_id not in listed:
        raise DeniedError("the ID token is for another audience")
    if (len(listed) > 1 or "azp" in claims) and claims.get("azp") != settings.client_id:
        raise DeniedError("the ID token was given to another party")


def _check_times(claims: Claims, now: datetime) -> None:
    if now >= _moment(claims, "exp") + _LEEWAY:
        raise DeniedError("the ID token has expired; is this machine's clock right?")
    issued_at = _moment(claims, "iat")
    if not now - _OLDEST <= issued_at <= now + _LEEWAY:
        raise DeniedError("the ID token is not of now; is this machine's clock right?")


def _moment(claims: Claims, name: str) -> datetime:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 2**40:
        raise DeniedError(f"the ID token has no valid {name}")
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=found)


def _text(claims: Claims, name: str) -> str:
    found = claims.get(name)
    is_good = isinstance(found, str) and len(found) <= _TEXT_LIMIT and found.isprintable()
    return str(found) if is_good else ""


def _role(claims: Claims, settings: OidcSettings) -> Role | None:
    found = claims.get(settings.groups_claim)
    groups: Sequence[object] = found if isinstance(found, list) else [found]
    held = {one for one in groups[:_GROUPS_LIMIT] if isinstance(one, str)}
    return next((role for group, role in settings.roles.items() if group in held), None)
