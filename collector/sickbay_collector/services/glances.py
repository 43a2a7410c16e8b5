"""How the fleet is at a glance: which devices are worst, which moved, which sites are silent.

A look at all lines of a large fleet takes a while; what it found is kept for some seconds, for
each scope, and looked at anew behind the back of who reads it. A page says how old its look is.
"""

import logging
import math
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.health.assess import assess, grade
from sickbay_collector.core.health.days import Move, Span, move
from sickbay_collector.core.health.model import Grade
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.glance_ports import LowScore, MovedScore, SiteSilence
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.state_codec import decode_state

log = logging.getLogger(__name__)

FEWEST = 3
"""Devices of a site whose silence says something about the site."""
SILENT_SHARE = 0.5
FORGOTTEN = timedelta(days=7)
"""A device that is silent for longer says nothing about its site any more."""
LATELY = timedelta(days=4)
"""What a device said before that is not how its score moves now; a long weekend is shorter."""
# What is older than this is not shown, but read anew first.
_OLD_S = 120.0
# What somebody looks at now and then is read anew at this age, so that nobody waits for it.
_RENEWED_S = 60.0
_REMEMBERED_S = 900.0
# A look takes at most so much of the time.
_SHARE = 0.05
_MOST_KEPT = 32


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


ReadGlance = Callable[[], Glance]


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


@dataclass(frozen=True, slots=True)
class _Kept:
    glance: Glance
    read_at_s: float
    fresh_s: float


class Glances:
    """Keeps what was seen, by who may see it.

    Args:
        monotonic: Seconds that never go back.
        fresh_s: How long a look is not taken again; longer where one takes long. 0 keeps nothing.
    """

    def __init__(self, monotonic: Callable[[], float], fresh_s: float = 10.0) -> None:
        self._monotonic = monotonic
        self._fresh_s = fresh_s
        self._kept: dict[Hashable, _Kept] = {}
        self._always: dict[Hashable, ReadGlance] = {}
        # Who asked last when, and how a look at that part is taken.
        self._asked: dict[Hashable, tuple[float, ReadGlance]] = {}
        self._under_way: set[Hashable] = set()
        self._lock = threading.Lock()

    def get(self, scope: Hashable, read: ReadGlance) -> Glance:
        """Return the newest look, and take another one where it is not fresh.

        Args:
            scope: What may be seen.
            read: Takes a look; also in a thread of its own, and later.
        """
        now_s = self._monotonic()
        with self._lock:
            self._asked[scope] = now_s, read
            kept = self._kept.get(scope)
            age_s = math.inf if kept is None else now_s - kept.read_at_s
            is_due = kept is not None and age_s >= kept.fresh_s and scope not in self._under_way
            if is_due:
                self._under_way.add(scope)
        if kept is None or not self._fresh_s or age_s >= max(_OLD_S, 2 * kept.fresh_s):
            return self._read(scope, read)
        if is_due:
            name = "look-at-fleet"
            threading.Thread(target=self._again, args=(scope, read), name=name, daemon=True).start()
        return kept.glance

    def keep(self, scope: Hashable, read: ReadGlance) -> None:
        """Have a look at this ready at any time, although nobody asked yet."""
        self._always[scope] = read

    def renew(self, now: datetime) -> None:
        """Take those looks again that get old, of what is always kept or was asked for lately."""
        del now
        for scope, read in self._old():
            self._again(scope, read)

    def _old(self) -> Sequence[tuple[Hashable, ReadGlance]]:
        now_s = self._monotonic()
        with self._lock:
            self._asked = {
                scope: one for scope, one in self._asked.items() if now_s - one[0] < _REMEMBERED_S
            }
            asked = {scope: read for scope, (_, read) in self._asked.items()}
            found = [
                (scope, read)
                for scope, read in {**asked, **self._always}.items()
                if scope not in self._under_way and self._is_old(scope, now_s)
            ]
            self._under_way.update(scope for scope, _ in found)
        return found

    def _is_old(self, scope: Hashable, now_s: float) -> bool:
        kept = self._kept.get(scope)
        return kept is None or now_s - kept.read_at_s >= max(_RENEWED_S, kept.fresh_s)

    def _again(self, scope: Hashable, read: ReadGlance) -> None:
        try:
            self._read(scope, read)
        except SickbayError as error:
            log.warning("glance.failed error=%s", error)

    def _read(self, scope: Hashable, read: ReadGlance) -> Glance:
        began_s = self._monotonic()
        try:
            glance = read()
        finally:
            with self._lock:
                self._under_way.discard(scope)
        now_s = self._monotonic()
        fresh_s = max(self._fresh_s, (now_s - began_s) / _SHARE)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT and scope not in self._kept:
                oldest = min(self._kept, key=lambda one: self._kept[one].read_at_s)
                self._kept.pop(oldest)
                self._asked.pop(oldest, None)
            self._kept[scope] = _Kept(glance, now_s, fresh_s)
        return glance
