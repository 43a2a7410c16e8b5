"""One HTTP POST to a judged address: no redirect, no proxy, 10 s in all, 64 KiB of answer."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Delivery
from sickbay_collector.notify.guard import Guard, Place, RefusedError, Target, place_of, shown

TIMEOUT_S = 10.0
"""For the whole of it but the resolution of the name."""
ANSWER_BYTES = 64 * 1024
"""An answer that is longer is read no further; its status counts."""
_SHOWN = 120
# Source: RFC 9110 section 15.5.9, RFC 6585 section 4, RFC 8470 section 5.2: later it may pass.
_LATER = frozenset({408, 425, 429})
_BASE = MappingProxyType({"User-Agent": "sickbay", "Accept": "*/*", "Connection": "close"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    text: str
    """The first 64 KiB."""


class Poster:
    """Posts to URLs.

    Args:
        guard: Judges where they lead.
        timeout_s: How long an attempt may take.
    """

    def __init__(self, guard: Guard, *, timeout_s: float = TIMEOUT_S) -> None:
        self._guard = guard
        self._timeout_s = timeout_s

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, ca_file: str = ""
    ) -> Delivery:
        """Post and return what came of it; this never raises for what the other side does."""
        try:
            place = place_of(url)
            target = self._guard.target(place.host, place.port)
        except RefusedError as error:
            return Delivery(outcome=Outcome.GIVE_UP, reason=str(error))
        except (OSError, UnicodeError) as error:
            return _away(f"{shown(url)}: its name is not found: {_said(error)}")
        try:
            connection = self._connected(place, target, ca_file)
        except OSError as error:
            return _away(f"{shown(url)}: no connection: {_said(error)}")
        try:
            return _judged(self._asked(connection, place, body, headers), url)
        except (OSError, http.client.HTTPException) as error:
            reason = f"{shown(url)}: no answer, it may have arrived: {_said(error)}"
            return Delivery(outcome=Outcome.RETRY, reason=reason, unreachable=True, uncertain=True)
        finally:
            connection.close()

    def _connected(self, place: Place, target: Target, ca_file: str) -> http.client.HTTPConnection:
        """Return a connection to the judged address, in the name of the host."""
        plain = socket.create_connection((target.address, target.port), timeout=self._timeout_s)
        connection = http.client.HTTPConnection(target.host, target.port, timeout=self._timeout_s)
        if not place.is_tls:
            connection.sock = plain
            return connection
        try:
            context = ssl.create_default_context(cafile=ca_file or None)
            connection.sock = context.wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise
        return connection

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        place: Place,
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer:
        opened = connection.sock
        # Each read may take the whole time; the alarm ends an answer that drips.
        alarm = threading.Timer(self._timeout_s, _hang_up, args=(opened,))
        alarm.daemon = True
        alarm.start()
        try:
            connection.putrequest("POST", place.path, skip_host=True, skip_accept_encoding=True)
            named = {**_BASE, **headers, "Host": place.authority, "Content-Length": str(len(body))}
            for name, value in named.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(
                status=response.status,
                text=response.read(ANSWER_BYTES).decode("utf-8", "replace"),
            )
        finally:
            alarm.cancel()


def _hang_up(opened: socket.socket) -> None:
    try:
        # The plain socket's way, which never waits for the other side of TLS.
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
    except OSError:
        return


def _judged(answer: Answer, url: str) -> Delivery:
    status = answer.status
    if 200 <= status < 300:
        return Delivery(outcome=Outcome.OK)
    reason = f"{shown(url)} answered {status} {' '.join(answer.text.split())[:_SHOWN]}".rstrip()
    if 300 <= status < 400:
        reason = f"{shown(url)} answered {status}: redirects are not followed"
        return Delivery(outcome=Outcome.GIVE_UP, reason=reason)
    if status in _LATER or status >= 500:
        return Delivery(outcome=Outcome.RETRY, reason=reason)
    return Delivery(outcome=Outcome.GIVE_UP, reason=reason)


def _away(reason: str) -> Delivery:
    return Delivery(outcome=Outcome.RETRY, reason=reason, unreachable=True)


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing within the time"
    strerror = getattr(error, "strerror", None)
    return str(strerror or str(error) or type(error).__name__)[:_SHOWN]
