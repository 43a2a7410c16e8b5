"""Steps come at their times, once; an acknowledgement ends them, a snooze holds them."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.calendar import Calendar, Interval
from sickbay_collector.core.desk.escalation import (
    Audience,
    EscalationPolicy,
    Step,
    StepKind,
)
from sickbay_collector.core.desk.escalation_run import (
    LIVE,
    EscalationRun,
    RunState,
    acknowledged,
    after_step,
    ended,
    forecast,
    paused,
    resumed,
    started,
)
from sickbay_collector.core.ids import TicketId

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday."""
_OFFICE = Calendar(
    calendar_id="office",
    zone_name="UTC",
    zone=ZoneInfo("UTC"),
    week=((Interval(begin_min=8 * 60, end_min=17 * 60),),) * 5 + ((), ()),
    holidays=MappingProxyType({}),
)
CALENDARS = {"office": _OFFICE}
ON_CALL = Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL)
MANAGER = Step(kind=StepKind.TELL_MANAGER)
RAISE = Step(kind=StepKind.RAISE_TIER)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def wait(count: float, calendar: str = "") -> Step:
    return Step(kind=StepKind.WAIT, wait_s=60 * count, calendar=calendar)


def a_run(*steps: Step, repeat: int = 0, now: datetime = NOON) -> EscalationRun:
    policy = EscalationPolicy(id="urgent", steps=steps, repeat=repeat)
    return started(policy, TicketId("t"), run=1, now=now, calendars=CALENDARS)


def played(run: EscalationRun) -> tuple[list[tuple[Step, datetime]], EscalationRun]:
    """Do each step at its time until none is to come."""
    done = []
    while run.state in LIVE and run.due_at is not None:
        if run.next_step is not None:
            done.append((run.next_step, run.due_at))
        run = after_step(run, run.due_at, CALENDARS)
    return done, run


def test_steps_come_at_their_times_until_the_run_is_exhausted() -> None:
    run = a_run(ON_CALL, wait(5), ON_CALL, wait(10), MANAGER, RAISE, wait(15))
    planned = forecast(run, CALENDARS)

    done, last = played(run)

    assert done == [
        (ON_CALL, NOON),
        (ON_CALL, NOON + minutes(5)),
        (MANAGER, NOON + minutes(15)),
        (RAISE, NOON + minutes(15)),
    ]
    assert [at for _, at in planned] == [at for _, at in done]
    assert (last.state, last.due_at) == (RunState.EXHAUSTED, None)


def test_all_steps_come_again_as_often_as_the_policy_repeats() -> None:
    done, last = played(a_run(wait(1), ON_CALL, repeat=2))

    assert done == [(ON_CALL, NOON + minutes(count)) for count in (1, 2, 3)]
    assert last.state is RunState.EXHAUSTED


def test_run_is_notified_once_somebody_was_told() -> None:
    run = a_run(RAISE, wait(1), ON_CALL, wait(1))
    states = [run.state]
    for _ in range(3):
        run = after_step(run, run.due_at or NOON, CALENDARS)
        states.append(run.state)

    assert states == [
        RunState.WAITING,
        RunState.WAITING,
        RunState.NOTIFIED,
        RunState.EXHAUSTED,
    ]


def test_wait_in_a_calendar_counts_working_time() -> None:
    """Friday 16:50 and 20 minutes of it are Monday 08:10; a calendar that is gone is elapsed."""
    late = NOON.replace(hour=16, minute=50)

    assert a_run(wait(20, "office"), ON_CALL, now=late).due_at == datetime(
        2026, 11, 23, 8, 10, tzinfo=UTC
    )
    assert a_run(wait(20, "gone"), ON_CALL, now=late).due_at == late + minutes(20)


@pytest.mark.parametrize(
    ("late", "next_after"),
    [
        pytest.param(timedelta(seconds=2), minutes(5), id="two seconds: no drift"),
        pytest.param(minutes(1), minutes(5), id="a minute: no drift"),
        pytest.param(minutes(61), minutes(66), id="an hour: people get their time to answer"),
    ],
)
def test_wait_after_a_late_step(late: timedelta, next_after: timedelta) -> None:
    run = after_step(a_run(ON_CALL, wait(5), MANAGER), NOON + late, CALENDARS)

    assert run.due_at == NOON + next_after


def test_acknowledgement_stops_the_run_for_good() -> None:
    run = acknowledged(a_run(ON_CALL, wait(5), ON_CALL), by="ann", at=NOON)

    assert (run.state, run.due_at, run.acked_by, run.acked_at) == (
        RunState.ACKED,
        None,
        "ann",
        NOON,
    )
    later = NOON + minutes(9)
    assert acknowledged(run, by="ben", at=later) == run
    assert resumed(paused(run, later, CALENDARS), later, CALENDARS) == run
    assert forecast(run, CALENDARS) == ()


def test_exhausted_run_can_still_be_acknowledged_but_an_ended_one_cannot() -> None:
    _, exhausted = played(a_run(ON_CALL))
    over = ended(a_run(ON_CALL), reason="resolved", at=NOON)

    assert acknowledged(exhausted, by="ann", at=NOON).state is RunState.ACKED
    assert acknowledged(over, by="ann", at=NOON) == over
    assert ended(over, reason="cancelled", at=NOON + minutes(1)) == over
    assert ended(exhausted, reason="resolved", at=NOON).end_reason == "resolved"


def test_snooze_holds_the_rest_of_a_wait() -> None:
    run = a_run(wait(20), ON_CALL)
    held = paused(run, NOON + minutes(5), CALENDARS)
    on = resumed(held, NOON + minutes(65), CALENDARS)

    assert (held.due_at, held.left_s, held.is_due(NOON + minutes(99))) == (None, 900.0, False)
    assert (on.due_at, on.left_s) == (NOON + minutes(80), None)
    assert paused(held, NOON + minutes(6), CALENDARS) == held
    assert resumed(run, NOON, CALENDARS) == run


def test_snooze_over_a_weekend_holds_working_time() -> None:
    friday, monday = NOON.replace(hour=16), datetime(2026, 11, 23, 9, tzinfo=UTC)
    held = paused(a_run(wait(90, "office"), ON_CALL, now=friday), friday, CALENDARS)

    assert held.left_s == 5400.0
    assert resumed(held, monday, CALENDARS).due_at == monday + minutes(90)


def test_what_is_due_when_a_snooze_begins_is_due_when_it_ends() -> None:
    held = paused(a_run(ON_CALL), NOON + minutes(1), CALENDARS)

    assert held.left_s == 0.0
    assert resumed(held, NOON + minutes(30), CALENDARS).due_at == NOON + minutes(30)


def _apart(steps: list[Step]) -> tuple[Step, ...]:
    """Leave out what no policy has: a wait after a wait, or at the end."""
    kept = [
        step
        for index, step in enumerate(steps)
        if step.kind is not StepKind.WAIT or (index and steps[index - 1].kind is not StepKind.WAIT)
    ]
    return (*kept, ON_CALL)


_STEPS = st.lists(
    st.sampled_from([ON_CALL, MANAGER, RAISE, wait(1), wait(7), wait(30, "office")]), max_size=8
).map(_apart)
_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "run", "ack", "snooze", "wake", "end"]),
        st.integers(min_value=0, max_value=40),
    ),
    max_size=40,
)


@given(steps=_STEPS, repeat=st.integers(min_value=0, max_value=3), events=_EVENTS)
def test_nobody_is_told_after_an_acknowledgement_or_the_end(
    steps: tuple[Step, ...], repeat: int, events: list[tuple[str, int]]
) -> None:
    """Nor while it is snoozed; and no step comes twice, whatever happens in which order."""
    run, now = a_run(*steps, repeat=repeat), NOON
    quiet, done = False, list[int]()
    for event, passed in events:
        now += minutes(passed)
        if event == "ack":
            run, quiet = acknowledged(run, by="ann", at=now), True
        elif event == "end":
            run, quiet = ended(run, reason="resolved", at=now), True
        elif event == "snooze":
            run = paused(run, now, CALENDARS)
        elif event == "wake":
            run = resumed(run, now, CALENDARS)
        while run.is_due(now) and event == "run":
            assert not quiet
            assert run.left_s is None
            if run.next_step is not None:
                assert run.next_step.kind is not StepKind.WAIT
                done.append(run.position)
            run = after_step(run, now, CALENDARS)

    assert done == sorted(set(done))


@given(steps=_STEPS, repeat=st.integers(min_value=0, max_value=3))
def test_every_step_but_waits_comes_once_in_order(steps: tuple[Step, ...], repeat: int) -> None:
    run = a_run(*steps, repeat=repeat)

    done, last = played(run)

    assert [step for step, _ in done] == [
        step for step in run.steps if step.kind is not StepKind.WAIT
    ]
    times = [at for _, at in done]
    assert times == sorted(times)
    assert last.state is RunState.EXHAUSTED
    assert last.position == len(run.steps)
