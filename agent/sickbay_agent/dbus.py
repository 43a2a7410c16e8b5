"""As much of D-Bus as it takes to call a method with texts and to hear a signal.

Written out because a library would cost the agent more memory than all of its probes. Source: D-Bus
Specification 0.43, "Message Protocol" and "Authentication Protocol".
"""

import os
import socket
import struct
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sickbay_agent.errors import AgentError

_CALL, _RETURN, _ERROR, SIGNAL = 1, 2, 3, 4
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_TO = 1, 2, 3, 4, 5
_DESTINATION, _SENDER, _SIGNATURE = 6, 7, 8
_HEADER_BYTES = 16
# What is asked for takes a few hundred bytes; the specification allows 128 MiB.
_LIMIT_BYTES = 64 << 10
_LINE_LIMIT_BYTES = 512
_FDS = 4
_TIMEOUT_S = 10.0
BUS = "org.freedesktop.DBus"


class BusError(AgentError):
    """The bus, or who was called on it, refused or said what cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message without its arguments' types."""

    kind: int
    serial: int
    fields: Mapping[int, str | int]
    body: bytes
    is_little: bool

    @property
    def member(self) -> str:
        """Interface and name of a signal, with a dot between."""
        return f"{self.fields.get(_INTERFACE, '')}.{self.fields.get(_MEMBER, '')}"

    @property
    def flag(self) -> bool:
        """The only argument of a message of one boolean.

        Raises:
            BusError: It has others.
        """
        if self.fields.get(_SIGNATURE) != "b" or len(self.body) != 4:
            raise BusError(f"{self.member}: has not one boolean")
        return any(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An object on the bus and one of its interfaces."""

    name: str
    path: str
    interface: str


class Bus:
    """A connection to a bus.

    Args:
        path: The bus's socket.

    Raises:
        OSError: There is no bus, or it is gone.
        BusError: It does not let us in.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._signals: deque[Message] = deque()
        self._fds: deque[int] = deque()
        self._serial = 0
        try:
            self._socket.settimeout(_TIMEOUT_S)
            self._socket.connect(str(path))
            self._sign_in()
            self.call(Target(name=BUS, path="/org/freedesktop/DBus", interface=BUS), "Hello")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, target: Target, method: str, *texts: str) -> Message:
        """Call a method with texts and return its answer; signals on the way are kept.

        Raises:
            OSError: The bus is gone, or did not answer in time.
            BusError: The answer is an error.
        """
        self._serial += 1
        self._socket.settimeout(_TIMEOUT_S)
        self._socket.sendall(encode_call(self._serial, target, method, texts))
        while True:
            found = self._read()
            if found.kind == SIGNAL:
                self._signals.append(found)
            elif found.fields.get(_REPLY_TO) == self._serial:
                if found.kind == _ERROR:
                    raise BusError(f"{method}: {found.fields.get(_ERROR_NAME, 'refused')}")
                return found

    def call_for_fd(self, target: Target, method: str, *texts: str) -> int:
        """Call a method that answers with a file descriptor; return it, to be closed.

        Raises:
            OSError: As `call`.
            BusError: As `call`, or there is none in the answer.
        """
        self.call(target, method, *texts)
        if not self._fds:
            raise BusError(f"{method}: answered without a file descriptor")
        return self._fds.popleft()

    def signals(self) -> Iterator[Message]:
        """Yield signals as they come, for ever.

        Raises:
            OSError: The bus is gone.
            BusError: It says what cannot be understood.
        """
        while True:
            while self._signals:
                yield self._signals.popleft()
            self._socket.settimeout(None)
            found = self._read()
            if found.kind == SIGNAL:
                yield found

    def interrupt(self) -> None:
        """End whatever another thread waits for here."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was never connected, or is gone already

    def close(self) -> None:
        """Close the connection, and descriptors that nobody took."""
        self._socket.close()
        while self._fds:
            os.close(self._fds.popleft())

    def _sign_in(self) -> None:
        user = str(os.geteuid()).encode().hex()
        self._socket.sendall(f"\0AUTH EXTERNAL {user}\r\n".encode())
        self._expect("OK")
        self._socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
        self._expect("AGREE_UNIX_FD")
        self._socket.sendall(b"BEGIN\r\n")

    def _expect(self, word: str) -> None:
        line = b""
        while not line.endswith(b"\r\n"):
            line += self._take(1)
            if len(line) > _LINE_LIMIT_BYTES:
                raise BusError("the bus answers with a line that does not end")
        said = line.decode("ascii", "replace").strip()
        if said.split(" ")[0] != word:
            raise BusError(f"the bus does not let us in: {said}")

    def _read(self) -> Message:
        head = self._take(_HEADER_BYTES)
        message = head + self._take(rest_bytes(head))
        return decode(message)

    def _take(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            data, fds, _flags, _address = socket.recv_fds(self._socket, count - len(parts), _FDS)
            self._fds.extend(fds)
            if not data:
                raise ConnectionResetError("the bus closed the connection")
            parts += data
        return bytes(parts)


def encode_call(serial: int, target: Target, method: str, texts: tuple[str, ...]) -> bytes:
    """Return a method call, little endian."""
    fields = [
        (_PATH, "o", target.path),
        (_INTERFACE, "s", target.interface),
        (_MEMBER, "s", method),
        (_DESTINATION, "s", target.name),
    ]
    body = b""
    for text in texts:
        body = _aligned(body, 4) + _text(text)
    if texts:
        fields.append((_SIGNATURE, "g", "s" * len(texts)))
    return encode(_CALL, serial, fields, body)


def encode(kind: int, serial: int, fields: list[tuple[int, str, str]], body: bytes = b"") -> bytes:
    """Return a message with header fields of texts."""
    packed = b""
    for number, signature, value in fields:
        # Each is a structure, which begins at a multiple of 8.
        packed = _aligned(packed, 8) + bytes((number, 1)) + signature.encode() + b"\0"
        packed += _signature(value) if signature == "g" else _text(value)
    head = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), serial, len(packed))
    return _aligned(head + packed, 8) + body


def rest_bytes(head: bytes) -> int:
    """Return how many bytes a message has behind its first 16.

    Raises:
        BusError: It is none, or too long.
    """
    order = _order(head)
    body, _serial, fields = struct.unpack_from(f"{order}III", head, 4)
    rest: int = -(-fields // 8) * 8 + body
    if max(body, fields, rest) > _LIMIT_BYTES:
        raise BusError(f"a message of {rest} bytes: nobody was asked for so much")
    return rest


def decode(message: bytes) -> Message:
    """Return what a message says.

    Raises:
        BusError: It cannot be understood.
    """
    try:
        order = _order(message)
        body_bytes, serial, fields_bytes = struct.unpack_from(f"{order}III", message, 4)
        end = _HEADER_BYTES + fields_bytes
        fields = dict(_fields(message[:end], order))
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BusError("a message that cannot be read") from None
    return Message(
        kind=message[1],
        serial=serial,
        fields=fields,
        body=message[len(message) - body_bytes :],
        is_little=order == "<",
    )


def _fields(data: bytes, order: str) -> Iterator[tuple[int, str | int]]:
    place = _HEADER_BYTES
    while place < len(data):
        place = -(-place // 8) * 8
        number, length = data[place], data[place + 1]
        kind = data[place + 2 : place + 2 + length].decode("ascii")
        place += 3 + length
        if kind == "g":
            size, place = data[place], place + 1
        elif kind in {"s", "o", "u"}:
            place = -(-place // 4) * 4
            (size,) = struct.unpack_from(f"{order}I", data, place)
            place += 4
        else:
            raise BusError(f"a header field of type {kind!r}")
        if kind == "u":
            yield number, size
            continue
        if place + size >= len(data):
            raise BusError("a header field that is longer than the header")
        yield number, data[place : place + size].decode("utf-8")
        place += size + 1


def _order(head: bytes) -> str:
    orders = {b"l": "<", b"B": ">"}
    order = orders.get(head[:1])
    if order is None:
        raise BusError("what the bus sends is no message")
    return order


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def _signature(value: str) -> bytes:
    return bytes((len(value),)) + value.encode() + b"\0"


def _aligned(data: bytes, step: int) -> bytes:
    return data + b"\0" * (-len(data) % step)
