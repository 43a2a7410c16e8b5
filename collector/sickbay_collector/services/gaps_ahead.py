"""Gaps in coverage by whole days, reckoned once while the desk book stays the same.

Who asks again within a day asks for another moment of the same days: what was found is cut to it.
What pages show, four weeks from the beginning of this one or from now, is reckoned before
somebody asks.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import Gap

Reckon: TypeAlias = Callable[[DeskBook, datetime, datetime], Sequence[Gap]]
"""Returns the gaps from the first moment to before the second, by requirement and time."""

_DAY = timedelta(days=1)
# This week began so many days ago at most, in any zone; four weeks from now end in that many.
_BEFORE = timedelta(days=7)
_AHEAD = timedelta(weeks=4)
_MOST_KEPT = 8
"""Stretches of days."""
_MOST_GAPS = 10_000
"""Of a stretch that is kept: what somebody asks for a year is not asked for again."""


class GapsAhead:
    """Keeps the gaps of one desk book: with another one all that was kept goes.

    Args:
        reckon: Finds gaps.
    """

    def __init__(self, reckon: Reckon) -> None:
        self._reckon = reckon
        self._lock = threading.Lock()
        self._book: DeskBook | None = None
        self._kept: dict[tuple[datetime, datetime], Sequence[Gap]] = {}
        """The one that was asked for longest ago first."""
        self._ready: tuple[DeskBook | None, datetime | None] = None, None

    def of(self, book: DeskBook, since: datetime, until: datetime) -> tuple[Gap, ...]:
        """Return the gaps from `since` to before `until`, by requirement and time."""
        days = _midnight(since), _midnight(until) + _DAY
        found = self._known(book, *days)
        if found is None:
            found = self._reckon(book, *days)
            self._keep(book, days, found)
        return tuple(_cut(found, since, until))

    def get_ready(self, book: DeskBook, now: datetime) -> None:
        """Reckon what pages will ask for, once for each day and book."""
        today = _midnight(now)
        if book is not self._ready[0] or today != self._ready[1]:
            self.of(book, now - _BEFORE, now + _AHEAD)
            self._ready = book, today

    def _known(self, book: DeskBook, since: datetime, until: datetime) -> Sequence[Gap] | None:
        """Return the gaps of a stretch in which all of this one lies; None where none is kept."""
        with self._lock:
            if book is not self._book:
                return None
            around = (one for one in self._kept if one[0] <= since and until <= one[1])
            days = next(around, None)
            if days is None:
                return None
            found = self._kept[days] = self._kept.pop(days)
            return found

    def _keep(self, book: DeskBook, days: tuple[datetime, datetime], found: Sequence[Gap]) -> None:
        with self._lock:
            if book is not self._book:
                self._book, self._kept = book, {}
            if len(found) > _MOST_GAPS:
                return
            self._kept[days] = found
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _cut(gaps: Sequence[Gap], since: datetime, until: datetime) -> Iterator[Gap]:
    for gap in gaps:
        if since <= gap.begin and gap.end <= until:
            yield gap
        elif gap.begin < until and since < gap.end:
            yield replace(gap, begin=max(gap.begin, since), end=min(gap.end, until))
