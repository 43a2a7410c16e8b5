"""Trying an alert rule on what devices measured last, before it is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange
from sickbay_collector.core.alerts.moment import DeviceFacts
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.tryout import trial_of, would_open
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state

TRIED = 2000
"""Devices that a rule is tried on, by host name; a large fleet's rest is left out, and so said."""
SHOWN = 50
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialHit:
    """An alert that a rule would open."""

    device_id: DeviceId
    hostname: str
    change: AlertChange


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


def try_rule(
    uow: UnitOfWork, rule: Rule, *, now: datetime, device_id: DeviceId | None = None
) -> Trial:
    """Return on which devices a rule's condition is true of the newest readings.

    It says nothing of how long that is so: durations, days of use and grace are left out.

    Args:
        uow: Where to look.
        rule: What to try.
        now: The present time.
        device_id: Only this device; None for the fleet.
    """
    devices = [
        one
        for one in (uow.devices.load([device_id]) if device_id else uow.devices.all())
        if one.status not in GONE
    ]
    devices.sort(key=lambda one: (one.hostname, one.device_id))
    looked_at, hits = 0, []
    for first in range(0, min(len(devices), TRIED), _AT_ONCE):
        part = devices[first : min(first + _AT_ONCE, TRIED)]
        count, found = _tried(uow, rule, part, now)
        looked_at += count
        hits += found
    return Trial(
        looked_at=looked_at,
        devices=len({one.device_id for one in hits}),
        hits=tuple(hits[:SHOWN]),
        is_complete=len(devices) <= TRIED,
    )


def _tried(
    uow: UnitOfWork, rule: Rule, devices: Sequence[Device], now: datetime
) -> tuple[int, list[TrialHit]]:
    trial, hits = trial_of(rule), []
    stored = uow.states.load([one.device_id for one in devices])
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
        )
        hits += [
            TrialHit(device_id=device.device_id, hostname=device.hostname, change=one)
            for one in would_open(trial, state, facts, now=now)
        ]
    return len(stored), hits
