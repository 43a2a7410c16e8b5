"""How the fleet is at a glance: which devices are worst and why, which sites are silent.

A look at all lines of a large fleet takes a while; what it found is kept for some seconds, for
each scope, and looked at anew behind the back of who reads it.
"""

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.health.assess import assess, grade
from sickbay_collector.core.health.model import Grade
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.glance_ports import LowScore, SiteSilence
from sickbay_collector.services.ports import StoredState, UnitOfWork
from sickbay_collector.services.state_codec import decode_state

log = logging.getLogger(__name__)

FEWEST = 3
"""Devices of a site whose silence says something about the site."""
SILENT_SHARE = 0.5
FORGOTTEN = timedelta(days=7)
"""A device that is silent for longer says nothing about its site any more."""
# What is older than this is not shown, but read anew first.
_OLD_S = 120.0
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
class Glance:
    """The fleet at a moment."""

    at: datetime
    counts: DeviceCounts
    worst: tuple[WorstDevice, ...]
    silent: tuple[SiteSilence, ...]
    """The sites of which half the devices or more are silent, most devices first."""


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
    states = uow.states.load([one.device_id for one in lowest])
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
        self._under_way: set[Hashable] = set()
        self._lock = threading.Lock()

    def get(self, scope: Hashable, read: Callable[[], Glance]) -> Glance:
        """Return the newest look, and take another one where it is not fresh.

        Args:
            scope: What may be seen.
            read: Takes a look; also in a thread of its own.
        """
        with self._lock:
            kept = self._kept.get(scope)
            age_s = _OLD_S if kept is None else self._monotonic() - kept.read_at_s
            is_due = kept is not None and age_s >= kept.fresh_s and scope not in self._under_way
            if is_due:
                self._under_way.add(scope)
        if kept is None or not self._fresh_s or age_s >= _OLD_S:
            return self._read(scope, read)
        if is_due:
            name = "look-at-fleet"
            threading.Thread(target=self._again, args=(scope, read), name=name, daemon=True).start()
        return kept.glance

    def _again(self, scope: Hashable, read: Callable[[], Glance]) -> None:
        try:
            self._read(scope, read)
        except SickbayError as error:
            log.warning("glance.failed error=%s", error)

    def _read(self, scope: Hashable, read: Callable[[], Glance]) -> Glance:
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
                self._kept.pop(min(self._kept, key=lambda one: self._kept[one].read_at_s))
            self._kept[scope] = _Kept(glance, now_s, fresh_s)
        return glance
