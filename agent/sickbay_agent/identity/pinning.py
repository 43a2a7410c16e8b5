"""Which authority to trust before there is an identity: a file, or the pin in the token.

A token reads `secret.fingerprint`, the fingerprint being the SHA-256 of the authority's
certificate in DER. The authority itself is taken from the chain that the server presents: nothing
is sent on that first connection, and nothing is believed but what the pin matches.
"""

import hashlib
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError, Reaction

FetchChain = Callable[[str, str | None], Sequence[bytes]]
"""Returns the certificates in DER that the server at "name:port" presents; see `fetch_chain`."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_CA_FILE_LIMIT_BYTES = 256 << 10
_TIMEOUT_S = 10.0
# Source: CPython's _ssl module, ENCODING_DER.
_ENCODING_DER = 2


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
            return ssl.DER_cert_to_PEM_cert(certificate).encode()
    raise IdentityError(
        f"{address} is not the collector that made the token: its authority is another one"
    )


def fetch_chain(address: str, server_name: str | None) -> Sequence[bytes]:
    """Return the certificates that a server presents, unchecked; sends nothing but a greeting.

    Raises:
        CallError: It cannot be reached or speaks no TLS.
        IdentityError: This Python cannot show the chain.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # Nothing of this connection is believed: the caller compares the chain with the pin.
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, int(port)), timeout=_TIMEOUT_S) as raw,
            context.wrap_socket(raw, server_hostname=server_name or host) as tls,
        ):
            return _chain_of(tls)
    except OSError as error:  # ssl.SSLError is one
        raise CallError(
            f"{address} cannot be reached: {error.strerror or error}",
            reaction=Reaction.RETRY,
            is_lost=True,
        ) from None


class _Certificate(Protocol):
    def public_bytes(self, encoding: int, /) -> bytes: ...


def _chain_of(tls: ssl.SSLSocket) -> list[bytes]:
    """Return the presented chain: public since Python 3.13, hidden but there since 3.10."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return list(cast("Sequence[bytes]", public()))
    hidden = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    if hidden is None:
        raise IdentityError("this Python cannot show the server's chain: give --ca-file")
    return [one.public_bytes(_ENCODING_DER) for one in cast("Sequence[_Certificate]", hidden())]


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
        prints = {hashlib.sha256(ssl.PEM_cert_to_DER_cert(one)).hexdigest() for one in found}
    except ValueError:
        raise IdentityError(f"{ca_file}: holds a damaged certificate") from None
    if pin is not None and pin not in prints:
        raise IdentityError(f"{ca_file}: is not the authority that the token names")
    return "\n".join(found).encode() + b"\n"
