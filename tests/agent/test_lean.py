import subprocess
import sys

import pytest

_LOOK = """
import sys
from sickbay_agent import cli, lean
lean.prepare_grpc()
from sickbay_agent import transport
import hashlib
print(hashlib.sha256(b"").hexdigest()[:8], *(name in sys.modules for name in sys.argv[1:]))
import ssl
import grpc.aio
print(ssl.OPENSSL_VERSION_INFO > (1,), bool(grpc.aio.Channel))
"""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("_hashlib", id="OpenSSL for hashes"),
        pytest.param("_ssl", id="OpenSSL for TLS"),
        pytest.param("grpc.aio", id="asynchronous gRPC"),
        pytest.param("cryptography", id="certificates"),
        pytest.param("psutil", id="what /proc says too"),
    ],
)
def test_a_running_agent_has_no_module_that_it_does_not_need(name: str) -> None:
    """Each takes a megabyte or more; hashing works, and who needs one of them later gets it."""
    command = [sys.executable, "-c", _LOOK, name]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said.splitlines() == ["e3b0c442 False", "True True"]
