"""A stand-in for logind on a bus of its own: a real `dbus-daemon` with an invented owner.

It answers Inhibit with a pipe, as logind does, and sends PrepareForSleep. What it sends is put
together here and not by the agent's code: the daemon between them judges both.
"""

import array
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from sickbay_agent.dbus import BUS, Bus, Message, Target

DAEMON = shutil.which("dbus-daemon")
PATIENCE_S = 100.0
_NAME = "org.freedesktop.login1"
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextmanager
def a_short_folder() -> Iterator[Path]:
    """Give a folder whose name leaves room: a socket's has 99 bytes in all."""
    with TemporaryDirectory(prefix="bus-") as name:
        yield Path(name)


@contextmanager
def a_bus(run: Path) -> Iterator[Path]:
    """Give the socket of a bus that lies where a system's lies below /run."""
    folder = run / "dbus"
    folder.mkdir(parents=True, exist_ok=True)
    path, config = folder / "system_bus_socket", folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=path))
    assert DAEMON is not None
    command = [DAEMON, f"--config-file={config}", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        try:
            yield path
        finally:
            daemon.terminate()


class StandIn(Bus):
    """Whoever sends what logind sends; its owner only where it takes the name."""

    def __init__(self, path: Path, *, name: str | None = _NAME) -> None:
        super().__init__(path)
        self.locks: list[int] = []
        """Ends of pipes: the other ends keep the device awake."""
        self._asked = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        if name is not None:
            self._take_name(name)
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.interrupt()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        for lock in self.locks:
            os.close(lock)
        self.close()

    def __enter__(self) -> Self:
        return self

    def prepare_for_sleep(self, *, going: bool) -> None:
        """Say that the device is about to sleep, or that it is awake again."""
        fields = [
            _text_field(1, "o", "/org/freedesktop/login1"),
            _text_field(2, "s", "org.freedesktop.login1.Manager"),
            _text_field(3, "s", "PrepareForSleep"),
            _signature_field("b"),
        ]
        self._send(_message(4, fields, struct.pack("<I", going)), ())

    def settle(self) -> None:
        """Return when the bus has passed on what was sent."""
        self.call(Target(name=BUS, path="/org/freedesktop/DBus", interface=BUS), "GetId")

    def wait_for_lock(self) -> int:
        """Return the pipe of the next lock that is asked for."""
        assert self._asked.acquire(timeout=PATIENCE_S)
        return self.locks[-1]

    def _serve(self) -> None:
        try:
            while True:
                self._socket.settimeout(None)
                message = self._read()
                if message.fields.get(3) == "Inhibit":
                    self._inhibit(message)
        except OSError:
            return  # interrupted

    def _inhibit(self, message: Message) -> None:
        read, write = os.pipe()
        fields = [
            struct.pack("<BB1sxI", 5, 1, b"u", message.serial),
            _text_field(6, "s", str(message.fields[7])),
            _signature_field("h"),
            struct.pack("<BB1sxI", 9, 1, b"u", 1),
        ]
        self.locks.append(read)
        self._send(_message(2, fields, struct.pack("<I", 0)), (write,))
        os.close(write)
        self._asked.release()

    def _take_name(self, name: str) -> None:
        fields = [
            _text_field(1, "o", "/org/freedesktop/DBus"),
            _text_field(2, "s", BUS),
            _text_field(3, "s", "RequestName"),
            _text_field(6, "s", BUS),
            _signature_field("su"),
        ]
        text = struct.pack("<I", len(name)) + name.encode() + b"\0"
        self._send(_message(1, fields, _even(text, 4) + struct.pack("<I", 4)), ())
        self.settle()

    def _send(self, message: bytes, fds: tuple[int, ...]) -> None:
        rights = array.array("i", fds)
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if fds else []
        with self._lock:
            self._socket.sendmsg([message], more)


def is_let(lock: int) -> bool:
    """Wait until a lock is closed by who asked for it; return whether it was."""
    with os.fdopen(os.dup(lock), "rb") as pipe:
        return pipe.read() == b""


def _message(kind: int, fields: list[bytes], body: bytes) -> bytes:
    packed = b"".join(_even(field, 8) for field in fields[:-1]) + fields[-1]
    head = struct.pack(
        "<cBBBIII", b"l", kind, 1 if kind == 4 else 0, 1, len(body), 900, len(packed)
    )
    return _even(head + packed, 8) + body


def _text_field(number: int, kind: str, value: str) -> bytes:
    text = value.encode()
    return struct.pack("<BB1sxI", number, 1, kind.encode(), len(text)) + text + b"\0"


def _signature_field(value: str) -> bytes:
    return struct.pack("<BB1sxB", 8, 1, b"g", len(value)) + value.encode() + b"\0"


def _even(data: bytes, step: int) -> bytes:
    return data + b"\0" * (-len(data) % step)
