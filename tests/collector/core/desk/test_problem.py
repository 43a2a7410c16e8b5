"""What makes a problem, what affected devices share, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.problem import (
    WITHIN,
    CommonFactor,
    Failure,
    Problem,
    ProblemAction,
    ProblemState,
    acted,
    common_factor,
    recurred,
    reliability,
)
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.ids import DeviceId
from tests.collector.desk_builders import DEVICE_ID, NOW, OTHER_DEVICE_ID, TICKET_ID

DAY = timedelta(days=1)
PROBLEM = Problem(
    number=4,
    key="k",
    family="disk.space",
    device_id=DEVICE_ID,
    state=ProblemState.OPEN,
    title="ws-17: disk.space keeps coming back",
    reason="",
    owner="",
    workaround="",
    known_error="",
    fix="",
    raised_at=NOW,
    resolved_at=None,
    closed_at=None,
)


def a_failure(days_ago: float, device_id: DeviceId = DEVICE_ID) -> Failure:
    return Failure(ticket_id=TICKET_ID, device_id=device_id, at=NOW - days_ago * DAY)


def test_three_times_in_thirty_days_on_one_device() -> None:
    recent = [a_failure(29.9), a_failure(3), a_failure(0)]
    old = [a_failure(WITHIN / DAY), *recent[1:]]
    other = [a_failure(2, OTHER_DEVICE_ID), *recent[1:]]

    assert recurred(recent, DEVICE_ID, now=NOW)
    assert not recurred(old, DEVICE_ID, now=NOW)
    assert not recurred(other, DEVICE_ID, now=NOW)


def fleet(
    size: int, rest: int, *, affected: int, others: int
) -> Mapping[DeviceId, Mapping[str, str]]:
    """Return facts of both groups: so many of each are of model X."""
    facts = {}
    for number in range(size + rest):
        has = number < affected if number < size else number - size < others
        facts[DeviceId(f"d{number}")] = {"model": "X" if has else f"Y{number}", "OS": "Same 1"}
    return facts


def test_common_factor_is_what_others_share_less() -> None:
    """All have the same OS, which therefore tells nothing."""
    facts = fleet(7, 200, affected=6, others=5)
    found = common_factor([DeviceId(f"d{one}") for one in range(7)], facts)

    assert found == CommonFactor(
        name="model", value="X", affected=6, affected_of=7, others=5, others_of=200
    )
    assert found.words() == "model X: 6 of 7 affected devices, 5 of 200 others"


@pytest.mark.parametrize(("shared", "expected"), [(4, None), (5, "X")])
def test_five_devices_must_share_it(shared: int, expected: str | None) -> None:
    facts = fleet(6, 50, affected=shared, others=0)
    found = common_factor([DeviceId(f"d{one}") for one in range(6)], facts)

    assert (found and found.value) == expected


def test_what_the_others_share_as_often_is_no_factor() -> None:
    facts = fleet(6, 60, affected=6, others=60)

    assert common_factor([DeviceId(f"d{one}") for one in range(6)], facts) is None


def test_times_between_failures_before_and_after_the_fix() -> None:
    times = [NOW - 20 * DAY, NOW - 16 * DAY, NOW - 12 * DAY, NOW - 5 * DAY]
    fixed = reliability(times, resolved_at=NOW - 10 * DAY, now=NOW)
    unfixed = reliability(times[:1], resolved_at=None, now=NOW)

    assert (fixed.failures_before, fixed.mtbf_before_s) == (3, 4 * 86400.0)
    assert (fixed.failures_after, fixed.mtbf_after_s) == (1, 10 * 86400.0)
    assert (unfixed.failures_before, unfixed.mtbf_before_s) == (1, None)
    assert (unfixed.failures_after, unfixed.mtbf_after_s) == (0, None)


def test_way_from_suspicion_to_closure() -> None:
    problem = PROBLEM
    for action, state in (
        (ProblemAction.OWN, "under_investigation"),
        (ProblemAction.WORKAROUND, "under_investigation"),
        (ProblemAction.KNOWN_ERROR, "known_error"),
        (ProblemAction.FIX, "fix_in_progress"),
        (ProblemAction.RESOLVE, "resolved"),
        (ProblemAction.CLOSE, "closed"),
    ):
        problem = acted(problem, action, f" {action} ", user="mia", now=NOW)
        assert problem.state == state

    assert (problem.owner, problem.resolved_at, problem.closed_at) == ("mia", NOW, NOW)
    assert (problem.workaround, problem.known_error, problem.fix) == (
        "workaround",
        "known_error",
        "fix",
    )


ALLOWED = {
    state: set(ProblemAction) - {ProblemAction.CLOSE}
    for state in ProblemState
    if state not in {ProblemState.RESOLVED, ProblemState.CLOSED}
} | {ProblemState.RESOLVED: {ProblemAction.CLOSE}, ProblemState.CLOSED: set()}


@pytest.mark.parametrize("state", ProblemState)
@pytest.mark.parametrize("action", ProblemAction)
def test_everything_else_is_forbidden(state: ProblemState, action: ProblemAction) -> None:
    problem = replace(PROBLEM, state=state)
    if action in ALLOWED[state]:
        acted(problem, action, "text", user="mia", now=NOW)
    else:
        with pytest.raises(ConflictError, match=f"problem 4 is {state}"):
            acted(problem, action, "text", user="mia", now=NOW)


def test_text_must_say_something() -> None:
    with pytest.raises(InvalidError, match="workaround is empty"):
        acted(PROBLEM, ProblemAction.WORKAROUND, " ", user="mia", now=NOW)
