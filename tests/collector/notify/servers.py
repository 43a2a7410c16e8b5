"""Real servers on this machine that channels talk to, and what they got."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import trustme

from sickbay_collector.core.desk.channel_spec import ChannelKind, ChannelSpec
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.guard import Guard
from sickbay_collector.notify.hooks import Tools
from sickbay_collector.notify.post import Poster
from sickbay_collector.notify.registry import MAKERS
from tests.collector.desk_builders import NOW

NAME = "hooks.example.org"
LOCAL = ip_network("127.0.0.1/32")
HOSTILE = (
    'Fan: "dead"\r\nBcc: all@example.org <script>alert(1)</script> <!channel> @all *x* ü \u202e'
)


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass
class WebServer:
    """A web server, what it answers and what it got."""

    port: int
    status: int = 200
    answer: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    release: threading.Event = field(default_factory=threading.Event)
    got: list[Got] = field(default_factory=list)


@contextmanager
def web_server(*, context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            served.got.append(Got(self.path, dict(self.headers), body))
            if served.silent:
                served.release.wait(30)
                return
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(served.answer)))
            self.end_headers()
            try:
                self.wfile.write(served.answer)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served = WebServer(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        served.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def here(host: str, port: int) -> Sequence[str]:
    """Resolve every name to this machine."""
    del host, port
    return ["127.0.0.1"]


def tools(*, timeout_s: float = 10.0, environ: Mapping[str, str] | None = None) -> Tools:
    """Return tools that reach this machine only."""
    guard = Guard([LOCAL], here)
    return Tools(
        guard=guard,
        poster=Poster(guard, timeout_s=timeout_s),
        environ=environ or {},
        clock=lambda: NOW,
    )


def a_channel(kind: ChannelKind, used: Tools | None = None, **fields: object) -> Channel:
    """Return a channel of that kind."""
    spec = ChannelSpec(id="it", kind=kind, **fields)  # type: ignore[arg-type]
    return MAKERS[kind](spec, used or tools())


def a_message(**fields: object) -> Message:
    """Return a message with a hostile text in it."""
    payload = {
        "event": "assigned",
        "priority": "high",
        "ticket_id": "t",
        "subject": " ".join(HOSTILE.split()),
        "body": HOSTILE,
    }
    values: dict[str, object] = {
        "key": "t:assigned:technician:ann",
        "created_at": NOW,
        "payload": payload,
        "recipient": "technician:ann",
        "address": "ann@example.org",
        **fields,
    }
    return Message(**values)  # type: ignore[arg-type]


def certificates(folder: Path, *names: str) -> tuple[ssl.SSLContext, str]:
    """Return a server's TLS for these names, and the file of its authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return context, str(file)


def at(moment: datetime) -> str:
    """Return the seconds since 1970 as a header has them."""
    return str(int(moment.timestamp()))
