"""Who is there of a tier as time goes on. Sets of people are whole numbers, a bit for each.

One line of moments serves every requirement of the tier: what one of them looks at is a mask.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from operator import xor

from sickbay_collector.core.desk.attendance import worked_spans
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.rota import duties
from sickbay_collector.core.desk.stretches import joined

NOBODY = -1
"""In place of a set: nobody of the tier at all is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who of a tier is there, from one moment to the next."""

    logins: tuple[str, ...]
    """In order; the first is bit 0."""
    moments: tuple[datetime, ...]
    """When somebody comes or leaves, in order, aware UTC."""
    there: tuple[int, ...]
    """Who is there from each moment on; nobody is before the first."""

    @property
    def everybody(self) -> int:
        """The set of all of them."""
        return (1 << len(self.logins)) - 1

    def within(self, time: Span, mask: int) -> Iterator[tuple[Span, int]]:
        """Yield the parts of a stretch of time, each with who is there of a mask, or `NOBODY`.

        Parts in which that is the same are one.
        """
        begin, place = time.begin, bisect_right(self.moments, time.begin)
        seen = _seen(self.there[place - 1], mask) if place else NOBODY
        for number in range(place, len(self.moments)):
            at = self.moments[number]
            if at >= time.end:
                break
            now = _seen(self.there[number], mask)
            if now != seen:
                yield Span(begin=begin, end=at), seen
                begin, seen = at, now
        yield Span(begin=begin, end=time.end), seen

    def members(self, people: int) -> tuple[str, ...]:
        """Return the logins of a set, in order."""
        left = 0 if people == NOBODY else people
        found: list[str] = []
        while left:
            lowest = left & -left
            found.append(self.logins[lowest.bit_length() - 1])
            left ^= lowest
        return tuple(found)


def crowds(
    book: DeskBook, tiers: Collection[str], since: datetime, until: datetime
) -> Mapping[str, Crowd]:
    """Return who is there of each of these tiers from `since` to before `until`.

    Somebody is there who is on shift and not absent, or on call. They count for the tiers that they
    work on, and on call for the tier of the rota.
    """
    found: dict[str, dict[str, list[Span]]] = {tier: {} for tier in tiers}
    for login, span in worked_spans(book, since, until):
        for tier in _tiers_of(book, login):
            if tier in found:
                found[tier].setdefault(login, []).append(span)
    for rota in book.rotas.values():
        for duty in duties(book, rota, since, until):
            span = Span(begin=duty.begin, end=duty.end)
            for tier in {*_tiers_of(book, duty.login), rota.tier}:
                if tier in found:
                    found[tier].setdefault(duty.login, []).append(span)
    return {tier: _crowd(people) for tier, people in found.items()}


def _tiers_of(book: DeskBook, login: str) -> Sequence[str]:
    technician = book.technicians.get(login)
    return () if technician is None else technician.tiers


def _crowd(people: Mapping[str, Sequence[Span]]) -> Crowd:
    logins = tuple(sorted(people))
    changes: dict[datetime, int] = {}
    for place, login in enumerate(logins):
        bit = 1 << place
        # Joined stretches never touch: at each end of one the person's bit turns over.
        for span in joined(people[login]):
            changes[span.begin] = changes.get(span.begin, 0) ^ bit
            changes[span.end] = changes.get(span.end, 0) ^ bit
    moments = tuple(sorted(changes))
    there = tuple(accumulate((changes[at] for at in moments), xor))
    return Crowd(logins=logins, moments=moments, there=there)


def _seen(people: int, mask: int) -> int:
    return people & mask if people else NOBODY
