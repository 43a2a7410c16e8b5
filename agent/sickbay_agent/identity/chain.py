"""The certificates that a server presents, unchecked.

Apart from `pinning`, because ssl takes 5 MiB and the running agent never needs it: gRPC brings its
own TLS. It is imported in the child process and by commands.
"""

import socket
import ssl
from collections.abc import Sequence
from typing import Protocol, cast

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError, Reaction

_TIMEOUT_S = 10.0
# Source: CPython's _ssl module, ENCODING_DER.
_ENCODING_DER = 2


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
