"""What holds for every sequence of samples."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.sample import Sample
from tests.collector.core.alerts.build import (
    BAD,
    BETWEEN,
    GOOD,
    START,
    Bench,
    inodes,
    rule,
    rules,
)

FOR_S, CLEAR_FOR_S, GAP_S = 300, 600, 180
STEPS_S = st.sampled_from([20, 60, 60, 60, 60, 179, 180, 181, 3600, 86400, 172800])
VALUES = st.sampled_from([BAD, BAD, BAD, BETWEEN, GOOD, GOOD, None])
IDLES = st.sampled_from([None, 0.0, 299.0, 300.0, 40_000.0])
Step = tuple[int, float | None, float | None]
SEQUENCES = st.lists(st.tuples(STEPS_S, VALUES, IDLES), min_size=5, max_size=60)


def samples(steps: list[Step]) -> list[Sample]:
    at, found = START, []
    for step_s, value, idle_s in steps:
        at += timedelta(seconds=step_s)
        found.append(inodes(at, value, idle_s=idle_s))
    return found


@settings(max_examples=150)
@given(SEQUENCES)
def test_never_opens_before_for_of_observed_time(steps: list[Step]) -> None:
    """Counted from the last false sample, only over steps that are no gap."""
    bench, seen_s = Bench(rules()), -1.0
    for (step_s, value, _), one in zip(steps, samples(steps), strict=True):
        if value not in {BAD, None}:
            seen_s = -1.0
        elif seen_s >= 0:
            seen_s += step_s if step_s <= GAP_S else 0
        elif value == BAD:
            seen_s = 0.0
        kinds = [change.kind for change in bench.take(one)]

        assert "opened" not in kinds or (seen_s >= FOR_S and value == BAD)


@settings(max_examples=150)
@given(SEQUENCES)
def test_active_rule_opens_after_active_time_only(steps: list[Step]) -> None:
    bench, seen_s = Bench(rules(rule(minutes="active"))), 0.0
    for (step_s, value, idle_s), one in zip(steps, samples(steps), strict=True):
        seen_s = 0.0 if value not in {BAD, None} else seen_s
        seen_s += step_s if step_s <= GAP_S and (idle_s or 0.0) < 300 else 0.0
        kinds = [change.kind for change in bench.take(one)]

        assert "opened" not in kinds or seen_s >= FOR_S


@settings(max_examples=150)
@given(SEQUENCES)
def test_never_closes_before_clear_for_of_observed_time(steps: list[Step]) -> None:
    bench, seen_s = Bench(rules()), -1.0
    for (step_s, value, _), one in zip(steps, samples(steps), strict=True):
        if value in {BAD, BETWEEN}:
            seen_s = -1.0
        elif seen_s >= 0:
            seen_s += step_s if step_s <= GAP_S else 0
        elif value == GOOD:
            seen_s = 0.0
        kinds = [change.kind for change in bench.take(one)]

        assert "closed" not in kinds or (seen_s >= CLEAR_FOR_S and value == GOOD)


@settings(max_examples=150)
@given(SEQUENCES, st.integers(0, 59), st.sampled_from([181, 3600, 86_400, 2_592_000]))
def test_sleeping_neither_opens_nor_closes(steps: list[Step], place: int, sleep_s: int) -> None:
    """Whatever the first sample behind a gap says; before it there was a value.

    What was due before the gap and waited for a value may come with it.
    """
    bench = Bench(rules())
    before = steps[: place % len(steps)]
    while before and before[-1][1] is None:
        before.pop()
    bench.run(samples(before))
    count = len(bench.log)
    for value in (BAD, GOOD, BETWEEN):
        other = Bench(rules())
        other.run(samples(before))
        at = other.at + timedelta(seconds=sleep_s)
        other.take(inodes(at, value))
        behind = {change.kind for change in other.log[count:]}

        assert not behind & {"opened", "closed"}


@settings(max_examples=150)
@given(SEQUENCES)
def test_opens_and_closes_take_turns(steps: list[Step]) -> None:
    bench = Bench(rules(rule(for_="2m", clear_for="2m")))
    bench.run(samples(steps))
    turns = [kind for kind in bench.kinds if kind in {"opened", "closed"}]

    assert turns == (["opened", "closed"] * len(turns))[: len(turns)]
    assert bench.memory.open_count == len(turns) % 2
