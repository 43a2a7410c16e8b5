"""Arithmetic of stretches of time: joined, cut out of each other, and asked for a moment."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sickbay_collector.core.desk.calendar import Span


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.begin):
        if found and span.begin <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Span(begin=found[-1].begin, end=span.end)
        else:
            found.append(span)
    return found


def without(spans: Sequence[Span], holes: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of the spans; both are joined."""
    if not holes:
        yield from spans
        return
    place = 0
    for span in spans:
        begin = span.begin
        while place < len(holes) and holes[place].end <= begin:
            place += 1
        ahead = place
        while ahead < len(holes) and holes[ahead].begin < span.end:
            if begin < holes[ahead].begin:
                yield Span(begin=begin, end=holes[ahead].begin)
            begin = max(begin, holes[ahead].end)
            ahead += 1
        if begin < span.end:
            yield Span(begin=begin, end=span.end)


def holds(spans: Sequence[Span], at: datetime) -> bool:
    """Return whether the moment is in one of the spans, which are joined."""
    place = bisect_right(spans, at, key=lambda one: one.begin) - 1
    return place >= 0 and at < spans[place].end
