"""Stretches of time against sets of hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.stretches import holds, joined, without

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def span(begin: int, end: int) -> Span:
    return Span(begin=ZERO + timedelta(hours=begin), end=ZERO + timedelta(hours=end))


def covered(found: list[Span]) -> set[int]:
    return {hour for hour in range(60) if holds(found, ZERO + timedelta(hours=hour))}


SPANS = st.lists(
    st.builds(
        lambda begin, length: span(begin, begin + length), st.integers(0, 40), st.integers(1, 9)
    ),
    max_size=8,
)


@given(found=SPANS)
def test_joined_spans_cover_the_same_and_lie_apart(found: list[Span]) -> None:
    whole = joined(found)

    assert set().union(*(covered([one]) for one in found)) == covered(whole)
    assert all(one.end < two.begin for one, two in pairwise(whole))


@given(found=SPANS, holes=SPANS)
def test_what_is_left_without_holes(found: list[Span], holes: list[Span]) -> None:
    left = list(without(joined(found), joined(holes)))

    assert covered(joined(found)) - covered(joined(holes)) == covered(left)
    assert all(one.begin < one.end for one in left)
