"""What makes a policy one that never ends or pages without a pause; found when it is loaded."""

from collections.abc import Iterator
from itertools import groupby, pairwise

from sickbay_collector.core.desk.escalation import (
    MAX_STEPS,
    TELLS,
    EscalationPolicy,
    Step,
    StepKind,
)

MIN_REPEAT_S = 60.0
"""The waits of a policy that repeats, summed: less is no escalation but an alarm bell."""


def problems(policy: EscalationPolicy, *, tiers: int) -> Iterator[str]:
    """Yield what is wrong with a policy, in words; nothing for one that ends.

    Args:
        policy: Which.
        tiers: How many there are. That they do not form a circle is seen to where they are read.
    """
    plan = policy.plan
    if len(plan) > MAX_STEPS:
        yield f"has {len(plan)} steps with its repetitions; at most {MAX_STEPS} are allowed"
        return
    yield from _waits(policy)
    yield from _assignments(plan)
    raises = sum(step.kind is StepKind.RAISE_TIER for step in plan)
    # A desk with one tier keeps the default policies: there a raise finds no tier above.
    if raises > max(tiers - 1, 1):
        yield f"raises the tier {raises} times; there are {tiers} tiers"


def _waits(policy: EscalationPolicy) -> Iterator[str]:
    waits = [step for step in policy.steps if step.kind is StepKind.WAIT]
    if policy.repeat and sum(step.wait_s for step in waits) < MIN_REPEAT_S:
        yield f"repeats without waiting; its waits must come to at least {MIN_REPEAT_S:g}s"
    if waits and len(waits) == len(policy.steps):
        yield "only waits; add a step that does something"
    if any(one.kind is two.kind is StepKind.WAIT for one, two in pairwise(policy.plan)):
        yield "waits twice in a row, or at its end and its beginning; add them up"
    for is_wait, steps in groupby(policy.plan, lambda step: step.kind is StepKind.WAIT):
        told = [step for step in steps if step.kind in TELLS]
        if not is_wait and len(set(told)) < len(told):
            yield "tells the same people twice without waiting between"
            return


def _assignments(plan: tuple[Step, ...]) -> Iterator[str]:
    """Yield when a ticket comes back to somebody whom it was taken from."""
    given = [(step.audience, step.name) for step in plan if step.kind is StepKind.ASSIGN]
    changes = [one for one, _ in groupby(given)]
    again = next((one for one in changes if changes.count(one) > 1), None)
    if again is not None:
        yield (
            f"assigns in a loop: {' -> '.join(name or str(to) for to, name in changes)};"
            " each assignment may come once"
        )
