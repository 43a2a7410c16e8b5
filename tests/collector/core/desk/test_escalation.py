"""Which policy fits, and which policies are refused."""

import pytest

from sickbay_collector.core.desk.escalation import (
    MAX_STEPS,
    Audience,
    EscalationPolicy,
    Step,
    StepKind,
    pick,
)
from sickbay_collector.core.desk.escalation_check import MIN_REPEAT_S, problems
from sickbay_collector.core.desk.escalation_text import steps_from, steps_text
from sickbay_collector.core.desk.ticket import Priority, Tier
from tests.collector.clinic import a_ticket

ON_CALL = Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL)
RAISE = Step(kind=StepKind.RAISE_TIER)
MANAGER = Step(kind=StepKind.TELL_MANAGER)


def wait(seconds: float = 300.0) -> Step:
    return Step(kind=StepKind.WAIT, wait_s=seconds)


def assign(login: str) -> Step:
    return Step(kind=StepKind.ASSIGN, audience=Audience.TECHNICIAN, name=login)


def a_policy(*steps: Step, **fields: object) -> EscalationPolicy:
    return EscalationPolicy(id="urgent", steps=steps, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(a_policy(ON_CALL), [], id="one page"),
        pytest.param(a_policy(), [], id="rests"),
        pytest.param(a_policy(ON_CALL, MANAGER, wait(), ON_CALL), [], id="a wait between"),
        pytest.param(a_policy(*[ON_CALL, wait()] * (MAX_STEPS // 2)), [], id="50 steps"),
        pytest.param(a_policy(ON_CALL, wait(MIN_REPEAT_S), repeat=24), [], id="repeats"),
        pytest.param(a_policy(wait(), RAISE, wait(), RAISE), [], id="up to the last tier"),
        pytest.param(a_policy(assign("ann"), wait(), repeat=3), [], id="assigns one again"),
        pytest.param(
            a_policy(*[ON_CALL, wait()] * (MAX_STEPS // 2), MANAGER),
            ["has 51 steps with its repetitions; at most 50 are allowed"],
            id="51 steps",
        ),
        pytest.param(
            a_policy(ON_CALL, wait(), repeat=25),
            ["has 52 steps with its repetitions; at most 50 are allowed"],
            id="repeats too often",
        ),
        pytest.param(
            a_policy(RAISE, repeat=1),
            ["repeats without waiting; its waits must come to at least 60s"],
            id="repeats at once",
        ),
        pytest.param(
            a_policy(ON_CALL, wait(MIN_REPEAT_S - 1), repeat=1),
            ["repeats without waiting; its waits must come to at least 60s"],
            id="repeats too fast",
        ),
        pytest.param(
            a_policy(wait()), ["only waits; add a step that does something"], id="only waits"
        ),
        pytest.param(
            a_policy(wait(), wait(), ON_CALL),
            ["waits twice in a row, or at its end and its beginning; add them up"],
            id="two waits",
        ),
        pytest.param(
            a_policy(wait(), ON_CALL, wait(), repeat=1),
            ["waits twice in a row, or at its end and its beginning; add them up"],
            id="two waits where it repeats",
        ),
        pytest.param(
            a_policy(ON_CALL, MANAGER, ON_CALL),
            ["tells the same people twice without waiting between"],
            id="told twice at once",
        ),
        pytest.param(
            a_policy(assign("ann"), wait(), assign("ben"), wait(), assign("ann")),
            ["assigns in a loop: ann -> ben -> ann; each assignment may come once"],
            id="to and fro",
        ),
        pytest.param(
            a_policy(assign("ann"), wait(), assign("ben"), wait(), repeat=1),
            ["assigns in a loop: ann -> ben -> ann -> ben; each assignment may come once"],
            id="to and fro by repeating",
        ),
        pytest.param(
            a_policy(*[RAISE, wait()] * 2, RAISE),
            ["raises the tier 3 times; there are 3 tiers"],
            id="more raises than tiers",
        ),
    ],
)
def test_policy_that_does_not_end_well_is_refused(
    policy: EscalationPolicy, expected: list[str]
) -> None:
    assert list(problems(policy, tiers=3)) == expected


def test_desk_with_one_tier_keeps_a_policy_that_raises_once() -> None:
    assert list(problems(a_policy(RAISE), tiers=1)) == []
    assert list(problems(a_policy(RAISE, wait(), RAISE), tiers=1)) == [
        "raises the tier 2 times; there are 1 tiers"
    ]


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        pytest.param({}, True, id="everything"),
        pytest.param({"priorities": frozenset({Priority.HIGH})}, True, id="priority"),
        pytest.param({"priorities": frozenset({Priority.LOW})}, False, id="other priority"),
        pytest.param({"tiers": frozenset({"L1"})}, True, id="tier"),
        pytest.param({"tiers": frozenset({"L2"})}, False, id="other tier"),
        pytest.param({"queues": frozenset({"service-desk"})}, True, id="queue"),
        pytest.param({"queues": frozenset({"security"})}, False, id="other queue"),
        pytest.param({"categories": frozenset({"storage"})}, True, id="category"),
        pytest.param({"categories": frozenset({"network"})}, False, id="other category"),
    ],
)
def test_policy_fits_by_what_it_names(fields: dict[str, object], *, fits: bool) -> None:
    ticket = a_ticket(priority=Priority.HIGH, tier=Tier.L1)

    assert a_policy(ON_CALL, **fields).fits(ticket) is fits


def test_first_policy_that_fits_is_picked() -> None:
    none = a_policy(priorities=frozenset({Priority.LOW}))
    first, second = a_policy(ON_CALL), a_policy(MANAGER)

    assert pick([none, first, second], a_ticket()) is first
    assert pick([none], a_ticket()) is None


def test_steps_come_back_from_their_text() -> None:
    steps = (ON_CALL, wait(90.5), assign("ann"), RAISE, MANAGER)

    assert steps_from(steps_text(steps)) == steps
