"""Trying an alert rule on what devices measured, before it is in force.

Where its condition is true of the newest readings is looked for in the whole fleet; how long that
is so already, and what the rule would have come to, in the history of the first of these devices.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sickbay_collector.core.alerts.change import AlertChange
from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.alerts.replay import (
    Holding,
    Verdict,
    holding_of,
    look_back,
    metrics_of,
    reach_s,
    tried_with,
    untold,
)
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.tryout import trial_of, would_open
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state

TRIED = 2000
"""Devices that a rule is tried on, by host name; a large fleet's rest is left out, and so said."""
SHOWN = 50
LOOKED_BACK_S = 10 * 86_400.0
"""History that is looked at in one go, of all devices together: some 14,000 samples of 60 s."""
_AT_ONCE = 500
_NOT_LOOKED = Holding(verdict=Verdict.UNKNOWN, why="its history was not looked at")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialHit:
    """An alert whose condition is true now."""

    device_id: DeviceId
    hostname: str
    change: AlertChange
    holding: Holding = _NOT_LOOKED
    """What the rule would have come to by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule would say now."""

    looked_at: int
    """Devices with readings that it was tried on."""
    devices: int
    """Of these, those on which its condition is true."""
    hits: tuple[TrialHit, ...]
    """The first 50 alerts."""
    is_complete: bool
    """Whether all devices were looked at."""
    looked_back: int = 0
    """Devices of the hits whose history was looked at."""
    back_s: float = 0.0
    """How far."""
    untold: str = ""
    """Why history cannot tell how long; "" where it can."""

    @property
    def open(self) -> int:
        """Return how many of the hits would be open alerts now, as far as history was looked at."""
        return sum(one.holding.verdict is Verdict.OPEN for one in self.hits)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialGround:
    """What a trial stands on beside the rule."""

    in_force: Collection[Rule]
    """The rules there are: those that mute the tried one have a say."""
    sample_interval_s: float
    now: datetime
    device_id: DeviceId | None = None
    """Only this device; None for the fleet."""


@dataclass(slots=True, kw_only=True)
class _Found:
    """What is found so far."""

    looked_at: int = 0
    hits: list[TrialHit] = field(default_factory=list)
    known: dict[DeviceId, tuple[DeviceState, DeviceFacts]] = field(default_factory=dict)
    """Of the devices of the hits that are shown."""


def try_rule(uow: UnitOfWork, rule: Rule, ground: TrialGround) -> Trial:
    """Return on which devices a rule's condition is true, and what it would have come to there.

    Args:
        uow: Where to look.
        rule: What to try.
        ground: On what.
    """
    only = ground.device_id
    devices = [
        one
        for one in (uow.devices.load([only]) if only else uow.devices.all())
        if one.status not in GONE
    ]
    devices.sort(key=lambda one: (one.hostname, one.device_id))
    found = _Found()
    for first in range(0, min(len(devices), TRIED), _AT_ONCE):
        _look_at(uow, rule, devices[first : min(first + _AT_ONCE, TRIED)], ground, found)
    why = untold(rule)
    back_s = reach_s(rule)
    hits, looked_back = (
        ([replace(one, holding=Holding(verdict=Verdict.UNKNOWN, why=why)) for one in found.hits], 0)
        if why
        else _looked_back(uow, rule, ground, found, back_s)
    )
    return Trial(
        looked_at=found.looked_at,
        devices=len({one.device_id for one in found.hits}),
        hits=tuple(hits[:SHOWN]),
        is_complete=len(devices) <= TRIED,
        looked_back=looked_back,
        back_s=back_s,
        untold=why,
    )


def _look_at(
    uow: UnitOfWork, rule: Rule, devices: Sequence[Device], ground: TrialGround, found: _Found
) -> None:
    """Add where the condition is true of the newest readings."""
    trial = trial_of(rule)
    stored = uow.states.load([one.device_id for one in devices])
    found.looked_at += len(stored)
    for device in devices:
        row = stored.get(device.device_id)
        if row is None:
            continue
        state = decode_state(row.state)
        facts = DeviceFacts(
            platform=state.platform,
            device_class=device.device_class,
            criticality=device.criticality,
            enrolled_at=device.enrolled_at,
            sample_interval_s=ground.sample_interval_s,
        )
        changes = would_open(trial, state, facts, now=ground.now)
        if changes and len(found.hits) < SHOWN:
            found.known[device.device_id] = (state, facts)
        found.hits += [
            TrialHit(device_id=device.device_id, hostname=device.hostname, change=one)
            for one in changes
        ]


def _looked_back(
    uow: UnitOfWork, rule: Rule, ground: TrialGround, found: _Found, back_s: float
) -> tuple[list[TrialHit], int]:
    """Return the hits with what the history of the first devices says, and of how many."""
    rules = tried_with(rule, ground.in_force)
    metrics = metrics_of(rules)
    holdings: dict[DeviceId, dict[str, Holding]] = {}
    for device_id in list(found.known)[: max(1, int(LOOKED_BACK_S / back_s))]:
        state, facts = found.known[device_id]
        until = state.observed_at or ground.now
        since = until - timedelta(seconds=back_s)
        try:
            series = uow.history.read(
                device_id, metrics, since=since, until=until + timedelta(seconds=1)
            )
        except DamagedError:
            continue
        past = {_named(one.name): one.points for one in series}
        holdings[device_id] = dict(look_back(rules, rule.id, past, state, facts))
    hits = [
        replace(one, holding=holding_of(holdings[one.device_id], one.change.instance))
        if one.device_id in holdings
        else one
        for one in found.hits[:SHOWN]
    ]
    return hits, len(holdings)


def _named(series: str) -> tuple[str, str]:
    metric, _, instance = series.partition("/")
    return metric, instance
