"""Ports that nobody else is given meanwhile.

A port that the system chose may, once it is free again, be chosen for somebody else's connection.
These lie below all that it chooses from, so that they stay free between two starts of a server.
"""

import random
import socket
from contextlib import ExitStack

_OUR_OWN = range(20_000, 32_768)
"""Below `net.ipv4.ip_local_port_range` of Linux, which begins at 32768."""


def listen_on_own_port() -> socket.socket:
    """Return a server's socket of 127.0.0.1 on a port of our own."""
    while True:
        try:
            return socket.create_server(("127.0.0.1", random.choice(_OUR_OWN)))  # noqa: S311
        except OSError:
            continue  # another test has this one


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens; all are held until the last is known."""
    with ExitStack() as held:
        sockets = [held.enter_context(listen_on_own_port()) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in sockets]
