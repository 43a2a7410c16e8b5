"""Keeps out of the agent's process what it does not need. Import this before anything else.

OpenSSL's library takes 3.4 MiB, and hashlib loads it for hashes that Python has itself. gRPC
brings its own TLS; certificates are made and read in a child process.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import cast

# Python's own SHA-2; the second until 3.11.
_OWN_HASHES = ("_sha2", "_sha256")


def prepare_grpc() -> None:
    """Make gRPC quiet and small; both count only before its first import.

    `import grpc` also imports grpc.aio, which takes 0.9 MiB, and asyncio, which imports ssl where
    there is one: 4.6 MiB. The agent uses none of them. While it is imported there is an empty
    module in the place of the first and nothing in that of the last; whoever imports them in this
    process later gets the real ones.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    if "grpc" in sys.modules:
        return
    sys.modules["grpc.aio"] = ModuleType("grpc.aio")
    with _without("ssl"):
        import grpc  # noqa: PLC0415 - the place of this import is the point

    del sys.modules["grpc.aio"], grpc.aio


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Let a module that is not imported yet not be found."""
    if name in sys.modules:
        yield
        return
    absent: ModuleType = cast("ModuleType", None)
    sys.modules[name] = absent
    try:
        yield
    finally:
        del sys.modules[name]


if any(find_spec(name) for name in _OWN_HASHES):
    with _without("_hashlib"):
        import hashlib  # noqa: F401 - whoever imports it next gets this one
