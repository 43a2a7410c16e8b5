"""Hears from logind that the device is about to sleep, and holds that up for the goodbye.

Source: org.freedesktop.login1(5), "Inhibit" and "PrepareForSleep"; the delay that logind grants is
InhibitDelayMaxSec of logind.conf(5), 5 s unless set. NetworkManager lets go of the network at the
same signal, so the goodbye leaves as soon as it comes: a hook of systemd would run after that.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sickbay_agent.dbus import BUS, Bus, BusError, Message, Target

log = logging.getLogger(__name__)

BUS_SOCKET = "dbus/system_bus_socket"
"""Below /run."""
_LOGIN = Target(
    name="org.freedesktop.login1",
    path="/org/freedesktop/login1",
    interface="org.freedesktop.login1.Manager",
)
_DAEMON = Target(name=BUS, path="/org/freedesktop/DBus", interface=BUS)
_COMING = f"{_LOGIN.interface}.PrepareForSleep"
# The bus itself sees to it that nobody else can send this.
_RULE = (
    f"type='signal',sender='{_LOGIN.name}',path='{_LOGIN.path}',"
    f"interface='{_LOGIN.interface}',member='PrepareForSleep'"
)
# Logind waits no longer, unless it is told otherwise.
_DELAY_S = 5.0
_RETRY_S = 300.0


class Sleep(Protocol):
    """What the loop needs to know of the device's sleep."""

    @property
    def is_coming(self) -> bool:
        """Whether the device sleeps as soon as it is let."""
        ...

    def let(self) -> None:
        """Let it sleep: all is said."""
        ...


class SleepWatch:
    """Listens in a thread of its own, where the device has a system bus.

    Args:
        run: The folder /run.
        wake: Called when sleep is coming, so that the loop looks.
    """

    def __init__(self, run: Path, wake: Callable[[], None]) -> None:
        self._socket = run / BUS_SOCKET
        self._wake = wake
        self._coming = threading.Event()
        self._let = threading.Event()
        self._closed = threading.Event()
        self._bus: Bus | None = None
        self._thread = threading.Thread(target=self._listen, name="sleep", daemon=True)

    @property
    def is_coming(self) -> bool:
        """Whether the device sleeps as soon as it is let."""
        return self._coming.is_set()

    def let(self) -> None:
        """Let it sleep: all is said."""
        self._coming.clear()
        self._let.set()

    def start(self) -> None:
        """Begin to listen; where there is no bus, nothing happens."""
        if self._socket.exists():
            self._thread.start()

    def close(self) -> None:
        """End listening."""
        self._closed.set()
        self._let.set()
        if (bus := self._bus) is not None:
            bus.interrupt()
        if self._thread.is_alive():
            self._thread.join(_DELAY_S)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with Bus(self._socket) as self._bus:
                    self._follow(self._bus)
            except (OSError, BusError) as error:
                if not self._closed.is_set():
                    log.info("sleep is not announced: %s", error)
            self._closed.wait(_RETRY_S)

    def _follow(self, bus: Bus) -> None:
        bus.call(_DAEMON, "AddMatch", _RULE)
        lock: int | None = _delay(bus)
        try:
            for signal in bus.signals():
                if signal.member != _COMING:
                    continue
                if lock is not None and signal.flag:
                    self._announce()
                lock = self._change(bus, lock, signal)
        finally:
            _release(lock)

    def _change(self, bus: Bus, lock: int | None, signal: Message) -> int | None:
        """Return the lock after a signal: none while the device sleeps, a new one afterwards."""
        _release(lock)
        if signal.flag:
            return None
        self._coming.clear()
        return _delay(bus)

    def _announce(self) -> None:
        """Tell the loop, and wait until it is done or logind's patience ends."""
        self._let.clear()
        self._coming.set()
        self._wake()
        if not self._let.wait(_DELAY_S):
            log.info("no goodbye in time")
            self._coming.clear()


def try_delay(run: Path) -> bool:
    """Hold sleep up for an instant; return whether the device has a bus to ask.

    Raises:
        OSError: The bus does not answer.
        BusError: There is no logind on it, or it refuses.
    """
    path = run / BUS_SOCKET
    if not path.exists():
        return False
    with Bus(path) as bus:
        _release(_delay(bus))
    return True


def _delay(bus: Bus) -> int:
    """Return a lock that lets the device sleep once it is closed."""
    why = "tell the collector that the device sleeps"
    return bus.call_for_fd(_LOGIN, "Inhibit", "sleep", "Sickbay", why, "delay")


def _release(lock: int | None) -> None:
    if lock is not None:
        with suppress(OSError):
            os.close(lock)
