"""The servers that are measured, each a process of its own so that its CPU can be told apart.

`python -m tests.bench.servers echo|collector DIR SETTINGS` prints one JSON line once it listens,
and ends when its standard input closes.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import grpc
import uvloop

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.bootstrap.collector import open_collector
from sickbay_collector.config import load_config
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.pki.issuers import ServerIdentities
from sickbay_collector.rpc.server import start_server
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment_tokens import make_token
from sickbay_collector.storage import open_storage

ECHO = "/bench.Echo/Echo"


async def _echo(data: bytes, _: object) -> bytes:
    return data


async def serve_echo(folder: Path, _: dict[str, object]) -> None:
    """Serve a bare echo over mutual TLS under the collector's own authority."""
    authority = open_authority(folder / "ca", now=utc_now())
    handler = grpc.method_handlers_generic_handler(
        "bench.Echo", {"Echo": grpc.unary_unary_rpc_method_handler(_echo)}
    )
    listening = await start_server(
        address="127.0.0.1",
        port=0,
        option="-",
        identity=ServerIdentities(authority, ["127.0.0.1"], utc_now).current,
        client_ca_pem=authority.certificate_pem,
        handlers=[handler],
    )
    await _until_closed({"agent": listening.port})
    await listening.server.stop(1)


async def serve_collector(folder: Path, chosen: dict[str, object]) -> None:
    """Serve a whole collector, on free ports unless some are chosen."""
    ports = ("agent_port", "enroll_port", "http_port", "admin_port")
    settings = {"state_dir": folder, "agent_address": "127.0.0.1", **dict.fromkeys(ports, 0)}
    # What is measured is the path of a report, not how fast a device may call.
    settings |= {"device_calls_per_s": 100_000, "device_calls_burst": 1_000_000}
    config = load_config(None, {}, settings | chosen)
    open_storage(config, migrate=True).engine.dispose()
    collector = open_collector(config)
    token = make_token(
        collector.storage.open_uow,
        by=By(at=utc_now()),
        lifetime=timedelta(hours=1),
        max_uses=100_000,
        comment="bench",
        new_id=new_id,
    )
    addresses = await collector.start()
    await _until_closed(
        {"agent": addresses.agent_port, "enroll": addresses.enroll_port, "token": token.secret}
    )
    await collector.stop(drain_s=0)


async def _until_closed(said: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Run one of the servers; settings are the collector's, in JSON."""
    serve = {"echo": serve_echo, "collector": serve_collector}[sys.argv[1]]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[2]), json.loads(sys.argv[3])))


if __name__ == "__main__":
    main()
