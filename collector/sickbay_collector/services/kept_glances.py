"""Keeps looks at the fleet, for each scope.

A look at all lines of a large fleet takes a while; what it found is kept for some seconds, and
looked at anew behind the back of who reads it. A page says how old its look is, and of one that is
not there yet, that it comes.
"""

import logging
import math
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.services.glances import Glance

log = logging.getLogger(__name__)

ReadGlance = Callable[[], Glance]

# What is older than this is not shown, but read anew first.
_OLD_S = 120.0
# What somebody looks at now and then is read anew at this age, so that nobody waits for it.
_RENEWED_S = 60.0
_REMEMBERED_S = 900.0
# A look takes at most so much of the time.
_SHARE = 0.05
_MOST_KEPT = 32
# Looks that are taken at once; others wait, so that pages and devices are served meanwhile.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Kept:
    glance: Glance
    read_at_s: float
    fresh_s: float


class Glances:
    """Keeps what was seen, by who may see it.

    Args:
        monotonic: Seconds that never go back.
        fresh_s: How long a look is not taken again; longer where one takes long. 0 keeps nothing.
    """

    def __init__(self, monotonic: Callable[[], float], fresh_s: float = 10.0) -> None:
        self._monotonic = monotonic
        self._fresh_s = fresh_s
        self._kept: dict[Hashable, _Kept] = {}
        self._always: dict[Hashable, ReadGlance] = {}
        # Who asked last when, and how a look at that part is taken.
        self._asked: dict[Hashable, tuple[float, ReadGlance]] = {}
        self._under_way: dict[Hashable, Future[Glance]] = {}
        self._looking = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look-at-fleet")
        self._lock = threading.Lock()

    def get(self, scope: Hashable, read: ReadGlance) -> Glance:
        """Return the newest look, and take another one where it is not fresh.

        Args:
            scope: What may be seen.
            read: Takes a look; in a thread of its own, and later again.
        """
        if not self._fresh_s:
            return read()
        found = self._newest(scope, read)
        return found if isinstance(found, Glance) else found.result()

    def get_within(self, scope: Hashable, read: ReadGlance, *, wait_s: float) -> Glance | None:
        """Return as `get` does; None where that takes longer, and then it goes on.

        Args:
            scope: What may be seen.
            read: Takes a look; in a thread of its own, and later again.
            wait_s: How long to wait for a look where none is kept.
        """
        if not self._fresh_s:
            return read()
        found = self._newest(scope, read)
        if isinstance(found, Glance):
            return found
        # Not by the error that `result` raises when time is over: a look may end with the same one.
        done, _ = wait([found], wait_s)
        return found.result() if done else None

    def keep(self, scope: Hashable, read: ReadGlance) -> None:
        """Have a look at this ready at any time, although nobody asked yet."""
        self._always[scope] = read

    def renew(self, now: datetime) -> None:
        """Take those looks again that get old, of what is always kept or was asked for lately."""
        del now
        for scope, read in self._old():
            with self._lock:
                look = self._begin(scope, read)
            wait([look])

    def _old(self) -> Sequence[tuple[Hashable, ReadGlance]]:
        now_s = self._monotonic()
        with self._lock:
            self._asked = {
                scope: one for scope, one in self._asked.items() if now_s - one[0] < _REMEMBERED_S
            }
            asked = {scope: read for scope, (_, read) in self._asked.items()}
            return [
                (scope, read)
                for scope, read in {**asked, **self._always}.items()
                if scope not in self._under_way and self._is_old(scope, now_s)
            ]

    def _is_old(self, scope: Hashable, now_s: float) -> bool:
        kept = self._kept.get(scope)
        return kept is None or now_s - kept.read_at_s >= max(_RENEWED_S, kept.fresh_s)

    def _newest(self, scope: Hashable, read: ReadGlance) -> Glance | Future[Glance]:
        """Return what is kept and may be shown, else the look that is under way."""
        now_s = self._monotonic()
        with self._lock:
            self._asked[scope] = now_s, read
            kept = self._kept.get(scope)
            age_s = math.inf if kept is None else now_s - kept.read_at_s
            if kept is not None and age_s < kept.fresh_s:
                return kept.glance
            look = self._begin(scope, read)
        if kept is not None and age_s < max(_OLD_S, 2 * kept.fresh_s):
            return kept.glance
        return look

    def _begin(self, scope: Hashable, read: ReadGlance) -> Future[Glance]:
        """Have a look taken, if none is under way; the lock is held."""
        found = self._under_way.get(scope)
        if found is None:
            found = self._under_way[scope] = self._looking.submit(self._take, scope, read)
        return found

    def _take(self, scope: Hashable, read: ReadGlance) -> Glance:
        began_s = self._monotonic()
        try:
            glance = read()
        except SickbayError as error:
            log.warning("glance.failed error=%s", error)
            raise
        finally:
            with self._lock:
                self._under_way.pop(scope, None)
        self._put(scope, glance, began_s)
        return glance

    def _put(self, scope: Hashable, glance: Glance, began_s: float) -> None:
        now_s = self._monotonic()
        fresh_s = max(self._fresh_s, (now_s - began_s) / _SHARE)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT and scope not in self._kept:
                oldest = min(self._kept, key=lambda one: self._kept[one].read_at_s)
                self._kept.pop(oldest)
                self._asked.pop(oldest, None)
            self._kept[scope] = _Kept(glance, now_s, fresh_s)
