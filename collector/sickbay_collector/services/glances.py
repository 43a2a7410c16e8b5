"""How the fleet is at a glance: which devices are worst, which moved, which sites are silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.health.assess import assess, grade
from sickbay_collector.core.health.days import Move, Span, move
from sickbay_collector.core.health.model import Grade
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.glance_ports import LowScore, MovedScore, SiteSilence
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state

FEWEST = 3
"""Devices of a site whose silence says something about the site."""
SILENT_SHARE = 0.5
FORGOTTEN = timedelta(days=7)
"""A device that is silent for longer says nothing about its site any more."""
LATELY = timedelta(days=4)
"""What a device said before that is not how its score moves now; a long weekend is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstDevice:
    """A device with one of the lowest scores."""

    low: LowScore
    grade: Grade
    reason: str
    """What costs it most."""
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedDevice:
    """A device whose score is another than it was."""

    device_id: DeviceId
    hostname: str
    score: float
    grade: Grade
    move: Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The fleet at a moment."""

    at: datetime
    counts: DeviceCounts
    worst: tuple[WorstDevice, ...]
    silent: tuple[SiteSilence, ...]
    """The sites of which half the devices or more are silent, most devices first."""
    fell: Mapping[Span, tuple[MovedDevice, ...]]
    """The devices whose scores fell most, the furthest first."""
    rose: Mapping[Span, tuple[MovedDevice, ...]]


def look(
    uow: UnitOfWork, counts: DeviceCounts, *, limit: int, now: datetime, started_at: datetime
) -> Glance:
    """Return how the fleet is.

    Args:
        uow: Where to read.
        counts: Of its devices.
        limit: At most so many of each list.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    lowest = uow.glances.lowest(limit=limit)
    movers = uow.glances.movers(heard_since=now - LATELY, limit=limit)
    moved = {one.device_id for each in movers.values() for one in (*each.fell, *each.rose)}
    states = uow.states.load({one.device_id for one in lowest} | moved)
    silences = uow.glances.site_silences(
        heard_since=now - FORGOTTEN, now=now, started_at=started_at
    )
    silent = sorted(filter(is_silent, silences), key=lambda one: (-one.silent, one.site))
    looked = (_worst(one, states.get(one.device_id), now) for one in lowest)
    worst = [one for one in looked if one is not None]
    return Glance(
        at=now,
        counts=counts,
        worst=tuple(worst),
        silent=tuple(silent[:limit]),
        fell={span: _moved(each.fell, span, states) for span, each in movers.items()},
        rose={span: _moved(each.rose, span, states) for span, each in movers.items()},
    )


def is_silent(one: SiteSilence) -> bool:
    """Return whether a site is silent, and not only some of its devices."""
    return one.expected >= FEWEST and one.silent >= SILENT_SHARE * one.expected


def _worst(low: LowScore, stored: StoredState | None, now: datetime) -> WorstDevice | None:
    """Return what costs a device most; None where nothing does."""
    ledger = () if stored is None else assess(decode_state(stored.state).health, now=now).ledger
    if not ledger:
        return None
    top = max(ledger, key=lambda line: line.points).finding
    return WorstDevice(low=low, grade=grade(low.score), reason=top.title, remedy=top.remedy)


def _moved(
    scores: Sequence[MovedScore], span: Span, states: Mapping[DeviceId, StoredState]
) -> tuple[MovedDevice, ...]:
    """Return what moved devices' scores; without those that nothing is known of any more."""
    found = []
    for one in scores:
        stored = states.get(one.device_id)
        moved = None if stored is None else move_of(stored, span)
        if moved is not None:
            found.append(
                MovedDevice(
                    device_id=one.device_id,
                    hostname=one.hostname,
                    score=one.score,
                    grade=grade(one.score),
                    move=moved,
                )
            )
    return tuple(found)


def move_of(stored: StoredState, span: Span) -> Move | None:
    """Return how a device's score had moved when it reported last; None where it cannot be told."""
    state, at = decode_state(stored.state), stored.received_at
    return move(state.score_days, span, assess(state.health, now=at), at)
