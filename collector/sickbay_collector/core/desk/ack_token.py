"""Proof that whoever follows a link may acknowledge one ticket as one technician.

The link is all that is needed, so it does nothing else and is soon over. Source: RFC 2104 for the
code, RFC 4648 section 5 for its letters.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.errors import DeniedError
from sickbay_collector.core.ids import TicketId

TOKEN_LIFE = timedelta(hours=24)
"""How long a link can be used after its message may go out."""
TOKEN_LIMIT = 512
"""Characters of a token: an id, a login of 64 characters in UTF-8, a time and the code fit."""
KEY_BYTES = 32
"""Of the key; as long as the code. Source: RFC 2104 section 3."""

# What is signed begins with what it is for, so that no other use of the key makes a token.
_PURPOSE = b"sickbay acknowledge 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class AckToken:
    """What a token says."""

    ticket_id: TicketId
    login: str
    expires_at: datetime
    """To the second."""

    def is_over(self, now: datetime) -> bool:
        """Return whether it may no longer be used."""
        return now >= self.expires_at


def signed(token: AckToken, key: bytes) -> str:
    """Return the token as it stands in a link: letters, digits, "-", "_", "=" and one "."."""
    expires_s = int(token.expires_at.timestamp())
    said = _letters(f"{token.ticket_id}\n{token.login}\n{expires_s}".encode())
    return f"{said}.{_code(said, key)}"


def read_token(text: str, key: bytes) -> AckToken:
    """Return what a token says, over or not.

    Raises:
        DeniedError: It was not signed with this key, or was altered since.
    """
    said, _, code = text.partition(".")
    is_sound = len(text) <= TOKEN_LIMIT and hmac.compare_digest(
        _code(said, key).encode(), code.encode("utf-8", "replace")
    )
    if not is_sound:
        raise DeniedError("the link is not whole, or not of this desk; open it from the message")
    try:
        ticket_id, login, expires_s = base64.urlsafe_b64decode(said).decode().split("\n")
        expires_at = datetime.fromtimestamp(int(expires_s), UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        raise DeniedError("the link cannot be read by this version of the collector") from None
    return AckToken(ticket_id=TicketId(ticket_id), login=login, expires_at=expires_at)


def _code(said: str, key: bytes) -> str:
    """Return the code of the letters themselves, so that each token has one way to be written."""
    signed_bytes = _PURPOSE + said.encode("utf-8", "replace")
    return _letters(hmac.new(key, signed_bytes, hashlib.sha256).digest()).rstrip("=")


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
