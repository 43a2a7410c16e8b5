"""The life of one alert: what a sample does to one rule at one instance.

OK -> PENDING while the condition holds and `for` is not over, -> OPEN, -> CLEARING while the
condition to close holds, -> CLOSED. A sample without the readings moves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.alerts import flap, words
from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.condition import Condition, truth
from sickbay_collector.core.alerts.moment import Events, InstanceFacts, Moment, add_event
from sickbay_collector.core.alerts.rule import Minutes, Rule
from sickbay_collector.core.alerts.state import AlertState, Phase

DAY = timedelta(days=1)
READS_EXPIRE = timedelta(days=30)
"""A gap does not undo readings that were counted, but they do not stand for ever."""

Mute = Callable[[Rule, str], str]
"""Returns which open alert mutes a rule at an instance, in words; "" for none."""
Outcome = tuple[AlertState | None, tuple[AlertChange, ...]]
"""The next state, None for OK; and what changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instance at one sample, before it is decided."""

    moment: Moment
    rule: Rule
    instance: str
    facts: InstanceFacts
    state: AlertState

    def credit_s(self, minutes: Minutes) -> float:
        """Return the time since the sample before that counts: none once readings are too old."""
        age_s = (self.moment.at - self.state.read_at).total_seconds()
        if age_s > max(self.moment.fresh_s, self.rule.hold_s):
            return 0.0
        return self.moment.credit_s(minutes)

    def label(self) -> str:
        """What people call the instance; remembered, because a gone volume has no mount point."""
        return self.state.label or words.label_of(self.rule, self.instance, self.moment.sample)

    def change(self, kind: ChangeKind, state: AlertState, reason: str = "") -> AlertChange:
        """Return a change with the readings that raise the alert."""
        return self._change(kind, state, self.rule.raise_when, reason)

    def closing(self, kind: ChangeKind, state: AlertState) -> AlertChange:
        """Return a change with the readings that close the alert."""
        return self._change(kind, state, self.rule.clear_when, "")

    def _change(
        self, kind: ChangeKind, state: AlertState, condition: Condition, reason: str
    ) -> AlertChange:
        rule, label = self.rule, self.label()
        readings = words.readings_of(condition, self.facts)
        if condition is rule.raise_when:
            sentence = words.sentence(rule, label, readings)
            if not readings:
                # Between the conditions: there are readings, but none is beyond its limit.
                readings = words.readings_of(condition, self.facts, beyond=False)
                sentence = words.what(rule, label, readings)
        else:
            gone = bool(self.facts.gone())
            reason = sentence = words.closed_because(rule, label, readings, gone=gone)
        return AlertChange(
            kind=kind,
            key=alert_key(rule.id, self.instance),
            rule_id=rule.id,
            instance=self.instance,
            instance_label=label,
            rule=rule,
            at=self.moment.at,
            since=state.raised_since,
            urgency=state.urgency or rule.urgency,
            readings=readings,
            sentence=sentence,
            closes_when=words.closes_when(rule),
            history=words.history_words(rule, state.low, state.high, state.raised_since),
            reason=reason,
        )


def alert_key(rule_id: str, instance: str) -> str:
    """Return the key of an alert within its device."""
    return f"{rule_id}|{instance}"


def step(
    moment: Moment, rule: Rule, instance: str, before: AlertState | None, mute: Mute
) -> Outcome:
    """Return what a sample makes of one instance."""
    state = before or AlertState(
        phase=Phase.OK, since=moment.at, read_at=moment.at, raised_since=moment.at
    )
    events = _events(moment, rule, instance, state.events)
    now = Step(
        moment=moment,
        rule=rule,
        instance=instance,
        facts=InstanceFacts(moment=moment, rule=rule, instance=instance, events=events),
        state=state if events is state.events else replace(state, events=events),
    )
    raised, cleared = _truths(now)
    if now.state.is_standing:
        return _standing(now, raised=raised, cleared=cleared)
    if raised:
        return _raised_while_quiet(now, mute)
    if raised is None:
        return _unknown_while_quiet(now), ()
    return _not_raised_while_quiet(now), ()


def _events(moment: Moment, rule: Rule, instance: str, events: Events) -> Events:
    window = rule.window
    if window is None:
        return events
    count = moment.sample.readings.get(window.metric, {}).get(instance, 0.0)
    return add_event(events, moment.at, count, window.within_s)


def _truths(now: Step) -> tuple[bool | None, bool | None]:
    """Return whether the conditions to raise and to clear hold; the first wins over the second."""
    if not now.facts.in_scope():
        return False, True
    raised = truth(now.rule.raise_when, now.facts)
    if raised and now.state.is_standing and now.rule.window:
        # Old events opened the alert; only a new one says that it goes on.
        raised = now.state.events[-1][0] == now.moment.at
    if raised:
        return True, False
    cleared = truth(now.rule.clear_when, now.facts)
    # What can be closed is not about to open: a drive that is gone ends what was pending.
    return (False if cleared else raised), cleared


def _not_raised_while_quiet(now: Step) -> AlertState | None:
    state = now.state
    bits = flap.remember(state.bits, bad=False)
    if not (bits or state.events) or now.facts.gone():
        return None
    # The events of a window stay pending until they are too old.
    quiet = Phase.CLOSED if state.phase is Phase.CLOSED else Phase.OK
    return replace(
        state,
        phase=Phase.PENDING if state.events else quiet,
        bits=bits,
        held_s=0.0,
        reads=0,
        read_at=now.moment.at,
    )


def _unknown_while_quiet(now: Step) -> AlertState | None:
    state = now.state
    if now.moment.at - state.read_at >= _expiry(now):
        return None
    if state.phase is not Phase.PENDING:
        return state
    return replace(state, held_s=state.held_s + now.credit_s(now.rule.minutes))


def _expiry(now: Step) -> timedelta:
    """Return how long a state outlives its last reading."""
    counts_reads = now.state.phase is Phase.PENDING and now.rule.reads > 1
    return READS_EXPIRE if counts_reads else DAY


def _raised_while_quiet(now: Step, mute: Mute) -> Outcome:
    state = _with_reading(now, _pending(now))
    if not _is_ripe(now, state):
        return state, ()
    reason = _grace(now) or mute(now.rule, now.instance)
    if reason:
        changes = (now.change(ChangeKind.SUPPRESSED, state, reason),)
        return replace(state, muted=reason), () if reason == state.muted else changes
    opened = replace(
        state,
        phase=Phase.OPEN,
        since=now.moment.at,
        held_s=0.0,
        evidence_at=now.moment.at,
        urgency=now.rule.urgency,
        muted="",
        label=now.label(),
    )
    return opened, (now.change(ChangeKind.OPENED, opened),)


def _pending(now: Step) -> AlertState:
    """Return the state with one more true reading: the first, or one that continues a row."""
    state, at = now.state, now.moment.at
    goes_on = state.phase is Phase.PENDING and state.reads > 0
    if goes_on and at - state.read_at < _expiry(now):
        held_s = state.held_s + now.credit_s(now.rule.minutes)
        return replace(state, held_s=held_s, reads=state.reads + 1)
    return AlertState(
        phase=Phase.PENDING,
        since=at,
        read_at=at,
        raised_since=at,
        reads=1,
        bits=state.bits,
        muted=state.muted,
        events=state.events,
    )


def _is_ripe(now: Step, state: AlertState) -> bool:
    wanted = now.rule.active_days
    if wanted and now.moment.active_days(wanted.of) < wanted.at_least:
        return False
    return state.held_s >= now.rule.for_s and state.reads >= now.rule.reads


def _grace(now: Step) -> str:
    device, grace_s = now.moment.device, now.rule.grace_s
    if not grace_s:
        return ""  # a device clock that is behind would see its own enrollment in the future
    # A device clock that runs ahead does not end the grace.
    moment = min(now.moment.at, now.moment.now)
    for began_at, name in ((device.enrolled_at, "enrollment"), (now.moment.boot_at, "boot")):
        if began_at and (moment - began_at).total_seconds() < grace_s:
            return f"grace: the first {words.duration_words(grace_s)} after {name}"
    return ""


def _with_reading(now: Step, state: AlertState) -> AlertState:
    """Return the state after a sample in which the condition to raise holds."""
    value = now.facts.primary()
    low, high = state.low, state.high
    if value is not None:
        low = value if low is None else min(low, value)
        high = value if high is None else max(high, value)
    bits = flap.remember(state.bits, bad=True)
    return replace(state, low=low, high=high, bits=bits, read_at=now.moment.at)


def _standing(now: Step, *, raised: bool | None, cleared: bool | None) -> Outcome:
    if raised:
        return _raised_while_standing(now)
    if cleared is None:
        if now.state.phase is Phase.OPEN:
            return now.state, ()
        held_s = now.state.held_s + now.credit_s(Minutes.OBSERVED)
        return replace(now.state, held_s=held_s), ()
    if cleared:
        return _cleared(now)
    # Between the two conditions: as bad as before.
    bits = flap.remember(now.state.bits, bad=True)
    return _still_open(now, replace(now.state, bits=bits, read_at=now.moment.at))


def _raised_while_standing(now: Step) -> Outcome:
    state = _with_reading(now, now.state)
    given_at = state.evidence_at
    rises = now.rule.urgency < state.urgency
    if not rises and given_at is not None and now.moment.at - given_at < DAY:
        return _still_open(now, state)
    told = replace(state, evidence_at=now.moment.at, urgency=min(state.urgency, now.rule.urgency))
    opened, changes = _still_open(now, told)
    return opened, (now.change(ChangeKind.EVIDENCE, told), *changes)


def _still_open(now: Step, state: AlertState) -> Outcome:
    """Return an open alert as it goes on, back from CLEARING where it was there."""
    flapping, noted = _flapping(now, state)
    opened = state if flapping == state.flapping else replace(state, flapping=flapping)
    if state.phase is Phase.OPEN:
        return opened, noted
    opened = replace(opened, phase=Phase.OPEN, since=now.moment.at, held_s=0.0)
    back = () if flapping else (now.change(ChangeKind.RETURNED, opened),)
    return opened, noted + back


def _flapping(now: Step, state: AlertState) -> tuple[bool, tuple[AlertChange, ...]]:
    if now.rule.window:
        return False, ()  # events come and go by nature
    flapping = flap.is_flapping(state.bits, was_flapping=state.flapping)
    begins = flapping and not state.flapping
    return flapping, (now.change(ChangeKind.FLAPPING, state),) if begins else ()


def _cleared(now: Step) -> Outcome:
    at = now.moment.at
    enters = now.state.phase is Phase.OPEN
    bits = flap.remember(now.state.bits, bad=False)
    flapping, noted = _flapping(now, replace(now.state, bits=bits))
    state = replace(now.state, bits=bits, flapping=flapping, read_at=at)
    if enters:
        state = replace(state, phase=Phase.CLEARING, since=at, held_s=0.0, days=0, day_ends_at=None)
    else:
        state = replace(state, held_s=state.held_s + now.credit_s(Minutes.OBSERVED))
    if not flapping and _is_over(now.rule, state, at):
        return _closed(now, state), (*noted, now.closing(ChangeKind.CLOSED, state))
    told = enters and not flapping
    changes = (now.closing(ChangeKind.CLEARING, state),) if told else ()
    return _with_day(now, state), noted + changes


def _is_over(rule: Rule, state: AlertState, at: datetime) -> bool:
    if state.held_s < rule.clear_for_s:
        return False
    if not rule.clear_active_days:
        return True
    ends_at = state.day_ends_at
    return state.days >= rule.clear_active_days and ends_at is not None and at >= ends_at


def _with_day(now: Step, state: AlertState) -> AlertState:
    """Return the state with a day of use counted: 24 h from the first active sample after one."""
    at = now.moment.at
    if not now.rule.clear_active_days or not now.moment.is_active:
        return state
    if state.day_ends_at is not None and at < state.day_ends_at:
        return state
    return replace(state, days=state.days + 1, day_ends_at=at + DAY)


def _closed(now: Step, state: AlertState) -> AlertState | None:
    if not state.bits or now.facts.gone():
        return None
    at = now.moment.at
    return AlertState(phase=Phase.CLOSED, since=at, read_at=at, raised_since=at, bits=state.bits)
