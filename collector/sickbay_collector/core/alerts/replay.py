"""What the engine would make of a device's past: the same steps, over what its history keeps.

History has readings, not lists: which volumes and drives a sample named is not kept. Those of the
newest sample stand for all, and a rule about what is gone cannot be tried so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TypeAlias

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.alerts.condition import AllOf, AnyOf, Condition, Gone, leaves
from sickbay_collector.core.alerts.engine import evaluate
from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.alerts.state import AlertMemory, AlertState
from sickbay_collector.core.alerts.words import duration_words
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState

SHORTEST_S = 6 * 3600.0
LONGEST_S = 14 * 86_400.0
"""How far is looked back, whatever a rule waits for."""
# With every sample: its time is counted, and whether somebody was there, also where the readings of
# the rule come once an hour.
_EACH = frozenset({"boot.uptime_s", "session.user_idle_s"})

Past: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[datetime, float]]]
"""(metric, instance) -> when it was what."""


class Verdict(StrEnum):
    """What a rule would have come to by now."""

    OPEN = "open"
    WAITS = "waits"
    """Not long enough, or not often enough."""
    MUTED = "muted"
    """Long enough; something keeps it from opening."""
    UNKNOWN = "unknown"
    """The history does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How long a condition that is true now has been so, and what comes of it."""

    verdict: Verdict
    since: datetime | None = None
    """When the alert would have opened; else when the condition became true, if that is known."""
    why: str = ""
    """What it waits for, what mutes it, or why nothing is known; "" for open."""


def untold(rule: Rule) -> str:
    """Return why history cannot tell what a rule would have done; "" where it can."""
    if _is_about_gone(rule.raise_when):
        return "history does not keep which volumes and drives there were"
    if rule.for_s > LONGEST_S:
        return f"only {duration_words(LONGEST_S)} are looked at"
    return ""


def reach_s(rule: Rule) -> float:
    """Return how far to look back for a rule: twice as long as it waits for, within limits."""
    windows = [leaf.within_s for leaf in leaves(rule.raise_when)]
    waits_s = rule.for_s + max(windows, default=0.0) + rule.reads * rule.hold_s
    return min(LONGEST_S, max(SHORTEST_S, 2 * waits_s))


def tried_with(rule: Rule, in_force: Collection[Rule]) -> RuleSet:
    """Return the rules that have a say in what one would do: itself, and those that mute it."""
    muters = [
        replace(one, muted_by=())
        for one in in_force
        if one.id != rule.id and any(fnmatchcase(one.id, pattern) for pattern in rule.muted_by)
    ]
    return RuleSet.of([replace(rule, muted_by=tuple(one.id for one in muters)), *muters])


def metrics_of(rules: RuleSet) -> frozenset[str]:
    """Return the metrics whose past is needed."""
    conditions = [
        one for rule in rules.rules.values() for one in (rule.raise_when, rule.clear_when)
    ]
    return _EACH | {leaf.metric for condition in conditions for leaf in leaves(condition)}


def look_back(
    rules: RuleSet, rule_id: str, past: Past, state: DeviceState, facts: DeviceFacts
) -> Mapping[str, Holding]:
    """Return what a rule would have come to, by the instances that are remembered.

    Args:
        rules: What `tried_with` returned.
        rule_id: The rule that is tried.
        past: The device's history of `metrics_of(rules)`.
        state: What is remembered of the device: its volumes and drives, and its days of use.
        facts: What rules need to know of it.
    """
    rule = rules.rules[rule_id]
    memory = AlertMemory(day=state.alerts.day, day_bits=state.alerts.day_bits)
    opened: dict[str, datetime] = {}
    begins_at: datetime | None = None
    for sample in _samples(past, state):
        begins_at = begins_at or sample.observed_at
        # History has no times of arrival; a device's clock stands for the collector's.
        memory, changes = evaluate(memory, sample, rules, facts, now=sample.observed_at)
        opened |= {one.key: one.at for one in changes if one.kind is ChangeKind.OPENED}
    found = {}
    for key, one in memory.states.items():
        name, _, instance = key.partition("|")
        if name == rule_id:
            found[instance] = _holding(rule, one, opened.get(key), begins_at, memory)
    return found


def holding_of(found: Mapping[str, Holding], instance: str) -> Holding:
    """Return what was found of an instance; unknown where its history does not have it."""
    why = "its history does not have it"
    return found.get(instance, Holding(verdict=Verdict.UNKNOWN, why=why))


def _samples(past: Past, state: DeviceState) -> Iterator[Sample]:
    moments: dict[datetime, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for (metric, instance), points in past.items():
        for at, value in points:
            moments[at][metric][instance] = value
    for at in sorted(moments):
        yield Sample(
            observed_at=at,
            boot_id=state.boot_id,
            readings=moments[at],
            volumes=state.volumes,
            drives=state.drives,
            absences=state.absences,
            truncated=state.truncated,
        )


def _holding(
    rule: Rule,
    state: AlertState,
    opened_at: datetime | None,
    begins_at: datetime | None,
    memory: AlertMemory,
) -> Holding:
    if state.is_standing:
        return Holding(verdict=Verdict.OPEN, since=opened_at)
    if state.muted:
        return Holding(verdict=Verdict.MUTED, since=state.raised_since, why=state.muted)
    if not state.reads:
        return Holding(
            verdict=Verdict.WAITS, why="it is not so in the newest sample of its history"
        )
    if state.held_s < rule.for_s and state.raised_since == begins_at:
        why = f"it was so before its history begins; {_held(rule, state)} since"
        return Holding(verdict=Verdict.UNKNOWN, why=why)
    waits = "; ".join(_waits(rule, state, memory))
    return Holding(verdict=Verdict.WAITS, since=state.raised_since, why=waits)


def _waits(rule: Rule, state: AlertState, memory: AlertMemory) -> Iterator[str]:
    if state.held_s < rule.for_s:
        yield _held(rule, state)
    if state.reads < rule.reads:
        yield f"{state.reads} of {rule.reads} readings"
    days = rule.active_days
    used = 0 if days is None else memory.active_days(memory.day, days.of)
    if days is not None and used < days.at_least:
        yield f"in use on {used} of the last {days.of} days, not on {days.at_least}"


def _held(rule: Rule, state: AlertState) -> str:
    return f"{duration_words(state.held_s)} of {duration_words(rule.for_s)}"


def _is_about_gone(condition: Condition) -> bool:
    if isinstance(condition, AllOf | AnyOf):
        return any(_is_about_gone(one) for one in condition.parts)
    return isinstance(condition, Gone)
