"""Keys and certificates, handled by a child process that holds the cryptography package."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError, Grant, Reaction

Answer = Callable[[Mapping[str, object]], Mapping[str, str]]
"""Answers one request; see `identity.child.answer`."""

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedGrant:
    """A granted certificate that is for our key and names a device."""

    device_id: str
    not_before: datetime
    not_after: datetime
    chain_pem: bytes
    authorities_pem: bytes


class Keysmith:
    """Makes keys, requests and signatures, and checks grants.

    Args:
        answer: Who does it: the child process, or its function within tests.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def request(self, key_file: Path) -> bytes:
        """Return a signing request in DER for the key in a file, which is made if missing.

        Raises:
            IdentityError: The file holds something else or cannot be written.
        """
        reply = self._answer({"action": "request", "key_file": str(key_file)})
        return base64.b64decode(reply["csr"])

    def sign(self, key_file: Path, message: bytes) -> bytes:
        """Return the signature of a message: ECDSA with SHA-256, in DER.

        Raises:
            IdentityError: The file holds no key.
        """
        request = {"action": "sign", "key_file": str(key_file), "message": _encoded(message)}
        return base64.b64decode(self._answer(request)["signature"])

    def check(self, key_file: Path, grant: Grant) -> CheckedGrant:
        """Return what a grant says.

        Raises:
            IdentityError: It is not for this key, or names no device.
        """
        reply = self._answer(
            {
                "action": "check",
                "key_file": str(key_file),
                "chain": [_encoded(der) for der in grant.chain_der],
                "authorities": [_encoded(der) for der in grant.authorities_der],
            }
        )
        return CheckedGrant(
            device_id=reply["device_id"],
            not_before=datetime.fromisoformat(reply["not_before"]),
            not_after=datetime.fromisoformat(reply["not_after"]),
            chain_pem=reply["chain_pem"].encode(),
            authorities_pem=reply["authorities_pem"].encode(),
        )


def chain_of_server(address: str, server_name: str | None) -> Sequence[bytes]:
    """Return what `identity.chain.fetch_chain` does, from the child process: ssl takes 5 MiB.

    Raises:
        CallError: The server cannot be reached or speaks no TLS.
        IdentityError: This Python cannot show the chain.
    """
    wanted = {"action": "chain", "address": address, "server_name": server_name or ""}
    reply = ask_child(wanted)
    if "unreachable" in reply:
        raise CallError(reply["unreachable"], reaction=Reaction.RETRY, is_lost=True)
    return [base64.b64decode(one) for one in reply["chain"].split()]


def ask_child(request: Mapping[str, object]) -> Mapping[str, str]:
    """Return the child process's answer to one request.

    Raises:
        IdentityError: It refused, or did not answer.
    """
    # -P: what lies in the working directory is not imported.
    command = [sys.executable, "-P", "-m", "sickbay_agent.identity.child"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
        reply: dict[str, str] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise IdentityError(f"keys cannot be handled: {lines[-1] if lines else error}") from None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise IdentityError(f"keys cannot be handled: {error}") from None
    if "error" in reply:
        raise IdentityError(reply["error"])
    return reply


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
