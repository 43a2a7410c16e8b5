"""The clocks of a device, and waiting that can be interrupted. Tests bring their own."""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the wall clock, aware UTC. It may jump."""
        ...

    def elapsed_s(self) -> float:
        """Return seconds since boot, suspend included where the system tells. Never goes back."""
        ...

    def active_s(self) -> float:
        """Return seconds since boot without suspend. Never goes back."""
        ...


class SystemClock:
    """The clocks of this device."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Return seconds since boot, suspend included where the system tells."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()

    def active_s(self) -> float:
        """Return seconds since boot without suspend."""
        return time.monotonic()


class Waiter:
    """Waits until a time is over or it is told to stop.

    Args:
        parent_pid: Process whose end is an order to stop; None for no such process.
        parent_of: Returns the id of the parent process now.
    """

    # How long a dead parent goes unnoticed.
    _LOOK_S = 1.0

    def __init__(
        self, parent_pid: int | None = None, parent_of: Callable[[], int] = os.getppid
    ) -> None:
        self._stop = threading.Event()
        self._parent_pid = parent_pid
        self._parent_of = parent_of

    def stop(self) -> None:
        """End all waiting. Safe to call from a signal handler."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Return after some seconds, or at once when told to stop."""
        if self._parent_pid is None:
            self._stop.wait(max(0.0, seconds))
            return
        end_s = time.monotonic() + seconds
        while not self._stop.is_set():
            if self._parent_of() != self._parent_pid:
                self._stop.set()
            left_s = end_s - time.monotonic()
            if left_s <= 0 or self._stop.wait(min(left_s, self._LOOK_S)):
                return
