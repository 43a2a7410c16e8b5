"""A thread that runs jobs one after another and can be abandoned while one of them hangs.

Python cannot stop a thread, and a read from a dying disk or a dead network mount may never
return. So the caller waits for a limited time, leaves the hung thread behind and takes a new one.
The thread left behind ends by itself as soon as its job returns.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Worker(Generic[T]):
    """One daemon thread; it starts with the first job and ends with `close`."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], T] | None] = SimpleQueue()
        self._results: SimpleQueue[T] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="probes", daemon=True)

    def call(self, job: Callable[[], T], timeout_s: float) -> T | None:
        """Return the job's result, or None when it did not return in time.

        The job must not raise. After None this worker must be closed and not be used again.
        """
        if self._thread.ident is None:
            self._thread.start()
        self._jobs.put(job)
        try:
            return self._results.get(timeout=timeout_s)
        except Empty:
            return None

    def close(self) -> None:
        """Let the thread end after its current job; does not wait for it."""
        self._jobs.put(None)

    def is_alive(self) -> bool:
        """Return whether the thread still runs."""
        return self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._results.put(job())
