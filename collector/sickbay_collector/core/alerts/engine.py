"""The alert engine: a sample and what was remembered in, what to remember and what changed out.

A healthy sample costs a few comparisons: only instances for which a rule's first comparison
holds, and those that are remembered, are looked at closely.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.moment import DeviceFacts, Moment, is_active, observed_s
from sickbay_collector.core.alerts.rule import Plan, Rule, RuleSet
from sickbay_collector.core.alerts.state import MAX_STATES, AlertMemory, AlertState, Phase
from sickbay_collector.core.alerts.step import alert_key, step
from sickbay_collector.core.sample import Sample

__all__ = ["AlertChange", "AlertMemory", "ChangeKind", "DeviceFacts", "evaluate"]

States = dict[str, AlertState]


def evaluate(
    memory: AlertMemory, sample: Sample, rules: RuleSet, device: DeviceFacts, *, now: datetime
) -> tuple[AlertMemory, tuple[AlertChange, ...]]:
    """Return what to remember after a sample, and what happened to alerts.

    Args:
        memory: What this returned for the sample before.
        sample: Samples of a device come in the order in which they were taken. One with the time
            of the sample before changes nothing; one from before it counts no time.
        rules: The rules in force.
        device: What rules need to know of the device.
        now: The collector's time.
    """
    plan = rules.plan(device.platform)
    active = is_active(sample, device)
    if active:
        day = sample.observed_at.toordinal()
        if day != memory.day or not memory.day_bits & 1:
            memory = memory.with_active_day(day)
    candidates = _candidates(plan, sample)
    if not candidates and not memory.states:
        return memory, ()
    if memory.states and sample.observed_at == memory.last_at:
        return memory, ()
    moment = Moment(
        sample=sample,
        at=sample.observed_at,
        now=now,
        device=device,
        observed_s=observed_s(sample.observed_at, memory.last_at, device),
        is_active=active,
        memory=memory,
    )
    states, changes = _advance(moment, rules, plan, candidates)
    kept = MappingProxyType(states)
    return replace(memory, states=kept, last_at=moment.at if states else None), tuple(changes)


def _candidates(plan: Plan, sample: Sample) -> set[tuple[str, str]]:
    """Return rule id and instance wherever one of a rule's first comparisons holds."""
    readings = sample.readings
    found: set[tuple[str, str]] = set()
    for metric, tests in plan.tests:
        values = readings.get(metric)
        if values:
            for instance, value in values.items():
                for test, limit, rule in tests:
                    if test(value, limit):
                        found.add((rule.id, instance))
    return found


def _advance(
    moment: Moment, rules: RuleSet, plan: Plan, candidates: set[tuple[str, str]]
) -> tuple[States, list[AlertChange]]:
    states: States = dict(moment.memory.states)
    changes = list(_withdrawn(moment, rules, plan, states))

    def mute(rule: Rule, instance: str) -> str:
        return _muted(rules, states, rule, instance)

    for rule, instance in _in_order(plan, candidates, states):
        key = alert_key(rule.id, instance)
        before = states.get(key)
        if before is None and not _make_room(states, plan, rule):
            continue
        after, happened = step(moment, rule, instance, before, mute)
        changes.extend(happened)
        if after is None:
            states.pop(key, None)
        else:
            states[key] = after
    return states, changes


def _in_order(
    plan: Plan, candidates: set[tuple[str, str]], states: States
) -> Iterator[tuple[Rule, str]]:
    """Return what to look at, rules that mute others first."""
    wanted: dict[str, set[str]] = {}
    for rule_id, instance in candidates:
        wanted.setdefault(rule_id, set()).add(instance)
    for key in states:
        rule_id, _, instance = key.partition("|")
        wanted.setdefault(rule_id, set()).add(instance)
    for rule in [rule for rule in plan.rules.values() if rule.id in wanted]:
        for instance in sorted(wanted[rule.id]):
            yield rule, instance


def _withdrawn(moment: Moment, rules: RuleSet, plan: Plan, states: States) -> Iterator[AlertChange]:
    """Close and forget alerts whose rule is no longer there, or not for this platform."""
    for key in [key for key in states if key.partition("|")[0] not in plan.rules]:
        state = states.pop(key)
        if state.is_standing:
            rule_id, _, instance = key.partition("|")
            reason = f"rule {rule_id} is no longer in force"
            yield AlertChange(
                kind=ChangeKind.CLOSED,
                key=key,
                rule_id=rule_id,
                instance=instance,
                instance_label=state.label,
                rule=rules.rules.get(rule_id),
                at=moment.at,
                since=state.raised_since,
                urgency=state.urgency,
                sentence=f"{state.label}: {reason}",
                reason=reason,
            )


def _muted(rules: RuleSet, states: States, rule: Rule, instance: str) -> str:
    """Return which open alert mutes a rule, in words: of the same instance, or of another topic."""
    muters = rules.muters[rule.id]
    for key, state in states.items():
        rule_id, _, its_instance = key.partition("|")
        if rule_id not in muters or not state.is_standing:
            continue
        if its_instance == instance or rules.rules[rule_id].topic != rule.topic:
            return f"muted by {rule_id} on {state.label}"
    return ""


def _make_room(states: States, plan: Plan, rule: Rule) -> bool:
    """Return whether one more state fits; what matters less than the rule gives way."""
    if len(states) < MAX_STATES:
        return True
    for key, state in states.items():
        urgency = plan.rules[key.partition("|")[0]].urgency
        quiet = state.phase in {Phase.OK, Phase.CLOSED}
        if quiet or (state.phase is Phase.PENDING and urgency > rule.urgency):
            del states[key]
            return True
    return False
