"""Which authority to trust before there is an identity: a file, or the pin in the token.

A token reads `secret.fingerprint`, the fingerprint being the SHA-256 of the authority's
certificate in DER. The authority itself is taken from the chain that the server presents: nothing
is sent on that first connection, and nothing is believed but what the pin matches.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sickbay_agent.errors import IdentityError
from sickbay_agent.identity.pem import as_der, as_pem

FetchChain = Callable[[str, str | None], Sequence[bytes]]
"""Returns the certificates in DER that the server at "name:port" presents; see `identity.chain`."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_CA_FILE_LIMIT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An enrollment token."""

    text: str = field(repr=False)
    """As the collector's command printed it."""
    pin: str | None
    """SHA-256 of the authority's certificate in DER, hexadecimal; None where it has none."""


def parse_token(text: str) -> Token:
    """Return a token with its pin, if it has one."""
    _, _, last = text.rpartition(".")
    pin = last.lower()
    return Token(text=text, pin=pin if _FINGERPRINT.fullmatch(pin) else None)


def trusted_authority(
    token: Token,
    *,
    ca_file: Path | None,
    address: str,
    server_name: str | None,
    fetch: FetchChain,
) -> bytes:
    """Return the authority to trust at enrollment, in PEM.

    Args:
        token: The token, perhaps with a pin.
        ca_file: The authority as a file; must match the pin where there is one.
        address: The enrollment port, "name:port".
        server_name: Name in the server's certificate; None is the name in the address.
        fetch: Gets the server's chain.

    Raises:
        IdentityError: There is neither file nor pin, or they do not match.
        CallError: The server cannot be reached.
    """
    if ca_file is not None:
        return _from_file(ca_file, token.pin)
    if token.pin is None:
        raise IdentityError(
            "the collector cannot be checked: give --ca-file, or a token with a fingerprint"
        )
    for certificate in fetch(address, server_name):
        if hashlib.sha256(certificate).hexdigest() == token.pin:
            return as_pem(certificate).encode()
    raise IdentityError(
        f"{address} is not the collector that made the token: its authority is another one"
    )


def _from_file(ca_file: Path, pin: str | None) -> bytes:
    try:
        with ca_file.open(encoding="ascii") as file:
            text = file.read(_CA_FILE_LIMIT_BYTES)
    except OSError as error:
        raise IdentityError(f"{ca_file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    found = _CERTIFICATE.findall(text)
    if not found:
        raise IdentityError(f"{ca_file}: holds no certificate in PEM")
    try:
        prints = {hashlib.sha256(as_der(one)).hexdigest() for one in found}
    except ValueError:
        raise IdentityError(f"{ca_file}: holds a damaged certificate") from None
    if pin is not None and pin not in prints:
        raise IdentityError(f"{ca_file}: is not the authority that the token names")
    return "\n".join(found).encode() + b"\n"
