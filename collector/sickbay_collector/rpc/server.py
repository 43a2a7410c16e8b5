"""The two gRPC servers: agents (mutual TLS) and enrollment (server TLS only).

gRPC for Python has no optional client certificate, so strangers and devices need a port each; two
server objects, because all ports of one share its services.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from sickbay_collector.core.errors import ConfigError
from sickbay_collector.pki.authority import ServerIdentity

MAX_MESSAGE_BYTES = 4 << 20
MAX_CALLS = 16
"""Calls under way on one connection; an agent has one. Their requests are held in memory."""
STRANGER_MESSAGE_BYTES = 64 << 10
"""An enrollment takes 2 KiB; whoever is not known yet gets no room for more."""
STRANGER_CALLS = 100
# Source of the option names: grpc/impl/grpc_types.h. The key of the shortest ping interval is not
# spelled like its C macro; the other spelling is ignored without a word.
_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_connection_age_ms", 1_800_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
)


@dataclass(frozen=True, slots=True)
class Listening:
    """A server and the port that it got."""

    server: grpc.aio.Server
    port: int


async def start_server(
    *,
    address: str,
    port: int,
    option: str,
    identity: Callable[[], ServerIdentity],
    client_ca_pem: bytes | None,
    handlers: Sequence[grpc.GenericRpcHandler],
    max_message_bytes: int = MAX_MESSAGE_BYTES,
    max_calls: int = MAX_CALLS,
) -> Listening:
    """Start a server; with a client CA only its certificates pass the handshake.

    Args:
        address: Address to listen on.
        port: 0 picks a free one.
        option: Name of the setting that gives the port, for the error.
        identity: Gives key and chain of the server; asked at each handshake.
        client_ca_pem: Authority of client certificates; None asks for none.
        handlers: The services.
        max_message_bytes: Longer requests are not received, blown up or not.
        max_calls: Calls that one connection may have under way.

    Raises:
        ConfigError: The port is busy or not allowed.
    """
    _check_port(address, port, option)
    limits = (
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_concurrent_streams", max_calls),
    )
    server = grpc.aio.server(options=(*_OPTIONS, *limits))
    server.add_generic_rpc_handlers(tuple(handlers))
    host = f"[{address}]" if ":" in address else address
    try:
        bound = server.add_secure_port(f"{host}:{port}", _credentials(identity, client_ca_pem))
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise ConfigError(
            f"port {port} on {address} cannot be used: stop what uses it, or set {option}"
        )
    await server.start()
    return Listening(server, bound)


def _check_port(address: str, port: int, option: str) -> None:
    """Refuse a port that is busy or not allowed, before gRPC writes lines of its own about it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((address, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} on {address} cannot be used ({error.strerror}): "
                f"stop what uses it, or set {option}"
            ) from None


def _credentials(
    identity: Callable[[], ServerIdentity], client_ca_pem: bytes | None
) -> grpc.ServerCredentials:
    """Return credentials that follow the identity; connections that are open keep theirs."""

    def configured(shown: ServerIdentity) -> grpc.ServerCertificateConfiguration:
        pair = (shown.key_pem, shown.chain_pem)
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=client_ca_pem)

    shown = identity()

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        # On a thread of gRPC, at each handshake; None keeps what is shown.
        nonlocal shown
        found = identity()
        if found is shown:
            return None
        shown = found
        return configured(found)

    return grpc.dynamic_ssl_server_credentials(
        configured(shown),
        fetch,  # type: ignore[arg-type] # the stub does not know that None is allowed
        require_client_authentication=client_ca_pem is not None,
    )
