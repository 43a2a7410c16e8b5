"""What somebody typed into a form that could not be taken: kept, and given back to be sent again.

While nobody is signed in it travels with the sign-in page, signed with the secret of the session
that is over: only the browser that typed it can bring it back, and the collector keeps nothing.
"""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sickbay_collector.web.console.viewer import safe_path

TYPED_LIMIT = 65_536
"""Characters of all fields together: ten of the longest texts and more."""
SEALED_LIMIT = 90_000
"""Characters of what the sign-in page carries."""
KEPT = timedelta(hours=24)
"""A page that stood open over night still gives back what was typed."""
_FIELDS_LIMIT = 300
_NAME_LIMIT = 64
_NEVER = ("password", "secret", "token", "csrf", "draft")
_LONG = frozenset({"text", "reason", "resolution", "description", "outcome"})
_SHORT = frozenset({"title"})
# A field of the sign-in page is read by nobody but this; the prefix keeps it from meaning else.
_PURPOSE = b"typed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that was sent: where to, from which page, and what it said."""

    path: str
    back: str
    """The page that it stood on."""
    fields: tuple[tuple[str, str], ...]
    """Names and values in order, those that were left empty not among them."""

    @property
    def long(self) -> tuple[tuple[str, str], ...]:
        """Return the fields for text, which can be corrected."""
        return tuple(one for one in self.fields if one[0] in _LONG)

    @property
    def short(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of one line, which can be corrected."""
        return tuple(one for one in self.fields if one[0] in _SHORT)

    @property
    def rest(self) -> tuple[tuple[str, str], ...]:
        """Return the fields that are sent again as they are."""
        return tuple(one for one in self.fields if one[0] not in _LONG | _SHORT)

    @property
    def version(self) -> int | None:
        """Return the version that its page showed; None where it does not say."""
        said = dict(self.fields).get("version", "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None

    def at_version(self, version: int) -> "Typed":
        """Return the same, for another version of what it changes."""
        fields = tuple(
            (name, str(version) if name == "version" else value) for name, value in self.fields
        )
        return Typed(path=self.path, back=self.back, fields=fields)


def typed_of(path: str, referer: str, said: Iterable[tuple[str, object]]) -> Typed | None:
    """Return what a form said, without what must not be shown; None where that is too much.

    Args:
        path: Where it was sent to.
        referer: The page that it stood on, as the browser says.
        said: Its fields; files are left out.
    """
    fields = tuple(
        (name, value)
        for name, value in said
        if isinstance(value, str) and value and not any(one in name.lower() for one in _NEVER)
    )
    size = sum(len(name) + len(value) for name, value in fields)
    if size > TYPED_LIMIT or len(fields) > _FIELDS_LIMIT:
        return None
    if any(len(name) > _NAME_LIMIT for name, _ in fields):
        return None
    return Typed(path=safe_path(path), back=page_of(referer), fields=fields)


def page_of(referer: str) -> str:
    """Return the path and query of the page that a request came from; the home page if unknown."""
    parts = urlsplit(referer) if referer.isprintable() else urlsplit("")
    return safe_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def seal(typed: Typed, secret: str, *, now: datetime) -> str:
    """Return what was typed as text that only who has the secret can have made; "" without one."""
    if not secret:
        return ""
    plain = [int(now.timestamp()), typed.path, typed.back, typed.fields]
    packed = zlib.compress(json.dumps(plain, separators=(",", ":")).encode())
    sealed = base64.urlsafe_b64encode(_mac(packed, secret) + packed).decode("ascii")
    return sealed if len(sealed) <= SEALED_LIMIT else ""


def unseal(sealed: str, secret: str, *, now: datetime) -> Typed | None:
    """Return what was typed; None for what this browser did not type, or too long ago."""
    if not sealed or not secret or len(sealed) > SEALED_LIMIT:
        return None
    try:
        raw = base64.b64decode(sealed.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    mac, packed = raw[: hashlib.sha256().digest_size], raw[hashlib.sha256().digest_size :]
    if not hmac.compare_digest(mac, _mac(packed, secret)):
        return None
    # What bears the signature was made by `seal`, so it is whole and within the limits.
    at, path, back, fields = json.loads(zlib.decompress(packed))
    if now.timestamp() - at > KEPT.total_seconds():
        return None
    return Typed(path=path, back=back, fields=tuple((name, value) for name, value in fields))


def _mac(packed: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), _PURPOSE + packed, "sha256")
