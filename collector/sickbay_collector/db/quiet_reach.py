"""Silences and windows of whoever sees a part only: those that are about nothing else.

What they are about is said by patterns, which no query can judge. So one counts as of a scope if it
names its sites, or its devices, and all of them lie in the scope.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol, TypeVar

from sqlalchemy import Connection, or_, select

from sickbay_collector.core.access.scope import Area, Reach
from sickbay_collector.core.alerts.matcher import Matcher, is_plain
from sickbay_collector.core.alerts.silence import QuietBook, Silence
from sickbay_collector.core.alerts.window import Window
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.quiet import QuietCache, SqlQuietStore
from sickbay_collector.db.reach import reached

_AT_ONCE = 200


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...

    @property
    def matcher(self) -> Matcher: ...


_One = TypeVar("_One", bound=_Numbered)


class ReachedQuietStore(SqlQuietStore):
    """Implements `QuietStore` for who sees a part of the fleet.

    Args:
        connection: Where the transaction is.
        reach: Which part.
    """

    def __init__(self, connection: Connection, reach: Reach) -> None:
        # What others read is kept for everybody; this is not.
        super().__init__(connection, QuietCache())
        self._areas = reach.scope.areas
        self._within = reached(connection, reach)

    def book(self, now: datetime) -> QuietBook:
        """Return what is or will be in force, for all: whether an alert is quiet is no secret."""
        return SqlQuietStore(self._connection, QuietCache()).book(now)

    def reaches(self, matcher: Matcher) -> bool:
        """Return whether a matcher is about nothing outside of the scope."""
        by_site = all(_at_sites(matcher.site, area) for area in self._areas)
        return by_site or self._has_all(matcher.device)

    def silence(self, number: int, *, hold: bool = False) -> Silence | None:
        """Return a silence of the scope."""
        found = super().silence(number, hold=hold)
        return found if found is not None and self.reaches(found.matcher) else None

    def silences(
        self,
        *,
        active_at: datetime | None,
        over_at: datetime | None = None,
        limit: int,
        before: int | None = None,
    ) -> Sequence[Silence]:
        """Return silences of the scope, the newest first."""
        listed = super().silences

        def read(last: int | None) -> Sequence[Silence]:
            return listed(active_at=active_at, over_at=over_at, limit=_AT_ONCE, before=last)

        return list(islice(self._reached(read, before), limit))

    def window(self, number: int, *, hold: bool = False) -> Window | None:
        """Return a window of the scope."""
        found = super().window(number, hold=hold)
        return found if found is not None and self.reaches(found.matcher) else None

    def windows(
        self, *, open_only: bool, over_only: bool = False, limit: int, before: int | None = None
    ) -> Sequence[Window]:
        """Return windows of the scope, the newest first."""
        listed = super().windows

        def read(last: int | None) -> Sequence[Window]:
            return listed(open_only=open_only, over_only=over_only, limit=_AT_ONCE, before=last)

        return list(islice(self._reached(read, before), limit))

    def _reached(
        self, read: Callable[[int | None], Sequence[_One]], before: int | None
    ) -> Iterator[_One]:
        while found := read(before):
            yield from (one for one in found if self.reaches(one.matcher))
            before = found[-1].number

    def _has_all(self, names: Collection[str]) -> bool:
        """Return whether these are names or ids of devices, each of which lies in the scope."""
        if not names or not all(map(is_plain, names)):
            return False
        keys = sorted({name.lower() for name in names})
        called = or_(device.c.hostname_key.in_(keys), device.c.device_id.in_(keys))
        statement = select(device.c.device_id, device.c.hostname_key).where(called)
        mine = set(self._within.execute(statement).all())
        return mine == set(self._connection.execute(statement).all()) and set(keys) <= {
            name for row in mine for name in row
        }


def _at_sites(sites: Collection[str], area: Area) -> bool:
    return bool(sites) and area.sites.issuperset(sites)
