"""The servers' certificate follows its renewal without a restart."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.core.errors import ConfigError
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.rpc.server import start_server


async def test_new_connections_see_the_renewed_certificate(tmp_path: Path) -> None:
    """Asked at each handshake: until it is renewed, all see the same."""
    now = datetime.now(UTC)
    authority = open_authority(tmp_path, now=now)
    identities = [authority.issue_server(["127.0.0.1"], now=now) for _ in range(2)]
    shown = [identities[0]]
    listening = await start_server(
        address="127.0.0.1",
        port=0,
        option="agent_port",
        identity=lambda: shown[0],
        client_ca_pem=None,
        handlers=[],
    )

    async def seen() -> bytes:
        address = ("127.0.0.1", listening.port)
        text = await asyncio.to_thread(ssl.get_server_certificate, address, timeout=10)
        return text.strip().encode()

    first, same = await seen(), await seen()
    shown[0] = identities[1]
    renewed = await seen()
    await listening.server.stop(0)

    assert identities[0].chain_pem.startswith(first)
    assert first == same
    assert identities[1].chain_pem.startswith(renewed)


async def test_two_servers_never_share_a_port(tmp_path: Path) -> None:
    """Without a word gRPC would let them; the second is told port and setting."""
    now = datetime.now(UTC)
    authority = open_authority(tmp_path, now=now)
    identity = authority.issue_server(["127.0.0.1"], now=now)
    first = await start_server(
        address="127.0.0.1",
        port=0,
        option="agent_port",
        identity=lambda: identity,
        client_ca_pem=authority.certificate_pem,
        handlers=[],
    )
    try:
        with pytest.raises(ConfigError, match=f"port {first.port} on 127.0.0.1 .*enroll_port"):
            await start_server(
                address="127.0.0.1",
                port=first.port,
                option="enroll_port",
                identity=lambda: identity,
                client_ca_pem=None,
                handlers=[],
            )
    finally:
        await first.server.stop(0)
