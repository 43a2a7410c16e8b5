"""Open pages that wait to hear that something changed.

One job looks for all of them once a second; a stream only waits. What it is told is the kind of
what changed, never anything of its content: the page asks for that as it was asked for before,
with the rights of who looks.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.live import NO_MARKS, Marks, changed, to_text

MOST = 1000
"""Streams of one collector."""
MOST_OF_SESSION = 8
BEAT_S = 15.0
"""Between two signs of life: shorter than what proxies give a silent connection."""
# A browser that lost its stream comes back after this.
_RETRY_MS = 3000
PACE_S = 2.0
"""Between two times that a page asks for its news, where few are open."""
ASKED_A_SECOND = 10
"""How often all open pages together ask: with more of them, each asks more rarely."""
# Sessions are looked at once in so many looks.
_SESSIONS_EVERY = 5
_FULL_RETRY_S = 60.0

StillSignedIn = Callable[[Collection[str], datetime], Collection[str]]
"""Returns those of the sessions' secrets whose sessions go on."""


@dataclass(eq=False, slots=True, kw_only=True)
class Stream:
    """One open page."""

    session: str
    """The secret of its session."""
    loop: asyncio.AbstractEventLoop
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def wake(self) -> None:
        """Let it look what there is; from any thread."""
        # The loop of a server that has stopped takes nothing any more.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.news.set)


class Live:
    """Tells open pages what kinds of things changed.

    Args:
        read_marks: Reads how far each kind is.
        still_in: Tells which sessions go on.
    """

    def __init__(self, read_marks: Callable[[], Marks], still_in: StillSignedIn) -> None:
        self._read_marks = read_marks
        self._still_in = still_in
        self._lock = Lock()
        self._streams: set[Stream] = set()
        self._marks: Marks = NO_MARKS
        self._looks = 0
        self._is_closed = False

    def mark(self) -> str:
        """Return how far everything is now, for a page that is about to be shown."""
        return to_text(self._read_marks())

    def look(self, now: datetime) -> None:
        """Look what changed, and tell; a job. Nothing is read while no page is open."""
        streams = self._open()
        if not streams:
            self._marks = NO_MARKS
            return
        marks = self._read_marks()
        if marks != self._marks:
            self._marks = marks
            for one in streams:
                one.wake()
        self._looks += 1
        if self._looks % _SESSIONS_EVERY == 0:
            self._end_signed_out(streams, now)

    def close(self) -> None:
        """End every stream, and let none begin: the collector stops."""
        self._is_closed = True
        self._end(self._open())

    def pace_s(self) -> float:
        """Return how many seconds a page lets pass between two times that it asks for its news."""
        with self._lock:
            return max(PACE_S, len(self._streams) / ASKED_A_SECOND)

    @contextlib.contextmanager
    def opened(self, session: str) -> Iterator[Stream]:
        """Hold a stream of a session; inside the loop that serves it.

        Raises:
            BusyError: There are too many, of the session or of all.
        """
        stream = Stream(session=session, loop=asyncio.get_running_loop())
        with self._lock:
            mine = Counter(one.session for one in self._streams)[session]
            if self._is_closed or mine >= MOST_OF_SESSION or len(self._streams) >= MOST:
                raise BusyError(
                    "live: too many pages are open; this one works, and can be loaded again",
                    retry_after_s=_FULL_RETRY_S,
                )
            self._streams.add(stream)
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    async def events(
        self, session: str, since: Marks, *, beat_s: float = BEAT_S
    ) -> AsyncGenerator[str]:
        """Yield the events of a stream until it is over.

        Args:
            session: The secret of the session.
            since: How far the page is; nothing for as far as everything is.
            beat_s: Seconds between two signs of life.

        Raises:
            BusyError: As `opened`.
        """
        with self.opened(session) as stream:
            yield f"retry: {_RETRY_MS}\nevent: beat\ndata:\n\n"
            while not stream.is_over:
                stream.news.clear()
                marks = self._marks
                topics = changed(since, marks) if marks else ()
                since = marks or since
                if topics:
                    told = f"data: {' '.join(topics)}\ndata: {self.pace_s():g}"
                    yield f"id: {to_text(since)}\nevent: changed\n{told}\n\n"
                try:
                    await asyncio.wait_for(stream.news.wait(), beat_s)
                except TimeoutError:
                    yield "event: beat\ndata:\n\n"

    def _open(self) -> tuple[Stream, ...]:
        with self._lock:
            return tuple(self._streams)

    def _end_signed_out(self, streams: Collection[Stream], now: datetime) -> None:
        go_on = set(self._still_in({one.session for one in streams}, now))
        self._end([one for one in streams if one.session not in go_on])

    def _end(self, streams: Collection[Stream]) -> None:
        for one in streams:
            one.is_over = True
            one.wake()
