"""Serves an ASGI application on a socket that is bound here: a busy port has a clear error."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from sickbay_collector.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A server that runs, and the port that it got."""

    port: int
    server: uvicorn.Server
    task: "asyncio.Task[None]"

    async def stop(self) -> None:
        """End open requests, then the server."""
        self.server.should_exit = True
        await self.task


class _Server(uvicorn.Server):
    """Leaves signals to the process that owns it: uvicorn would end before gRPC has drained."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(address: str, port: int, *, option: str) -> socket.socket:
    """Return a listening socket.

    Args:
        address: IPv4 or IPv6 address.
        port: 0 picks a free one.
        option: Name of the setting that gives the port, for the error.

    Raises:
        ConfigError: The port is busy or not allowed.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"port {port} on {address} cannot be used ({error.strerror}): "
            f"stop what uses it, or set {option}"
        ) from None
    return listener


def serve(
    app: Any, listener: socket.socket, *, certificate: Path | None, key: Path | None
) -> HttpServer:
    """Start serving an application; with certificate and key over TLS.

    Raises:
        ConfigError: Certificate or key cannot be read, or do not belong together.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        # Left to the server's task, an error here would stop it unseen.
        config.load()
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"http_certificate {certificate}, http_key {key}: {error.strerror or error}: "
            "name two PEM files that belong together"
        ) from None
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    return HttpServer(listener.getsockname()[1], server, task)
