"""The clocks of a device, and waiting that can be interrupted. Tests bring their own."""

import math
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
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
    """Waits until a time is over, it is woken, or it is told to stop.

    Args:
        parent_pid: Process whose end is an order to stop; None for no such process.
        parent_of: Returns the id of the parent process now.
    """

    # How long a dead parent goes unnoticed.
    _LOOK_S = 1.0

    def __init__(
        self, parent_pid: int | None = None, parent_of: Callable[[], int] = os.getppid
    ) -> None:
        # Not an Event: a signal handler that sets one can meet its own thread holding its lock.
        self._calls: SimpleQueue[None] = SimpleQueue()
        self._is_stopping = False
        self._parent_pid = parent_pid
        self._parent_of = parent_of

    def stop(self) -> None:
        """End all waiting. Safe to call from a signal handler."""
        self._is_stopping = True
        self._calls.put(None)

    def wake(self) -> None:
        """End the present wait, or the next one. Safe to call from another thread."""
        self._calls.put(None)

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._is_stopping

    def wait(self, seconds: float) -> None:
        """Return after some seconds, or at once when woken or told to stop."""
        end_s = time.monotonic() + seconds
        look_s = math.inf if self._parent_pid is None else self._LOOK_S
        while not self._is_stopping:
            if self._parent_pid is not None and self._parent_of() != self._parent_pid:
                self._is_stopping = True
                return
            left_s = end_s - time.monotonic()
            if self._is_called(max(0.0, min(left_s, look_s))) or left_s <= look_s:
                return

    def _is_called(self, within_s: float) -> bool:
        try:
            self._calls.get(timeout=within_s)
        except Empty:
            return False
        return True
