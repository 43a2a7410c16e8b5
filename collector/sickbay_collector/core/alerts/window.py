"""Maintenance windows: when they come, what is remembered at their start and checked at the end.

Of a window one occurrence at a time is open: planned, active, verifying, closed. Its alerts open
no ticket from its start until the check, which is `grace_s` after its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.silence import MutingSpan, checked_reason
from sickbay_collector.core.device import (
    Device,
    DeviceClass,
    Goodbye,
    Presence,
    lost_after_s,
    online_s,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.core.recurrence import (
    MAX_TIMES,
    checked_rule,
    checked_zone,
    starts,
)

MAX_WINDOWS = 200
"""Windows that are not over."""
TITLE_LIMIT = 200
FURTHEST = timedelta(days=366)
"""How far ahead a window may end."""
SHORTEST_S, LONGEST_S = 60.0, 7 * 86400.0
GRACE_S = (60.0, 86400.0)
"""The least and the most time from the end to the check."""


class OccurrenceState(StrEnum):
    """Where one time of a window is in its life."""

    PLANNED = "planned"
    ACTIVE = "active"
    VERIFYING = "verifying"
    """It is over; devices have their grace to come back."""
    CLOSED = "closed"
    MISSED = "missed"
    """No collector ran between its start and its check."""
    CANCELLED = "cancelled"


OPEN_STATES = frozenset(
    {OccurrenceState.PLANNED, OccurrenceState.ACTIVE, OccurrenceState.VERIFYING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When what is worked on."""

    number: int
    """What people call it: counted up, set by the store."""
    title: str
    matcher: Matcher
    start: datetime
    """The first begin: local time of the zone, without one."""
    zone: str
    duration_s: float
    rrule: str
    """How it recurs; "" for once."""
    until: datetime
    """No occurrence begins at or after."""
    grace_s: float
    reason: str
    author: str
    """Login name."""
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str
    """Login name; "" while it is not cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time of a window."""

    window: int
    occurrence: int
    """Counted from 1."""
    state: OccurrenceState
    starts_at: datetime
    ends_at: datetime
    checks_at: datetime
    devices_up: int
    """Devices that were up at the start; 0 before."""
    devices_back: int
    """Of these, those that were back at the check; 0 before."""
    ticket_id: TicketId | None
    """Of what did not come back; None where all did, and before the check."""

    @property
    def next_at(self) -> datetime:
        """When its next step is due."""
        due = {OccurrenceState.PLANNED: self.starts_at, OccurrenceState.ACTIVE: self.ends_at}
        return due.get(self.state, self.checks_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A device that was up when a window began, and what became of it."""

    window: int
    occurrence: int
    device_id: DeviceId
    hostname: str
    device_class: DeviceClass
    presence: Presence
    alerts: tuple[str, ...]
    """Keys, "rule|instance", of the alerts that were open."""
    services: tuple[str, ...]
    """Services that were failing."""
    outcome: str
    """"" before the check, then "back", "asleep" or "missing"."""
    lost: tuple[str, ...]
    """What is wrong at the check and was not at the start, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a device at one moment."""

    received_at: datetime
    report_interval_s: float
    goodbye: Goodbye
    alerts: tuple[str, ...]
    services: tuple[str, ...]


def checked_window(window: Window, *, now: datetime) -> Window:
    """Return a window whose fields are all allowed, and that comes at least once.

    Raises:
        InvalidError: A field is out of range, an occurrence would begin before the one before is
            checked, or there is none ahead.
    """
    title = " ".join(window.title.split())
    if not 1 <= len(title) <= TITLE_LIMIT or not title.isprintable():
        raise InvalidError("title: 1 to %(limit)s printable characters", limit=TITLE_LIMIT)
    _check_range("duration_s", window.duration_s, SHORTEST_S, LONGEST_S)
    _check_range("grace_s", window.grace_s, *GRACE_S)
    if window.until > now + FURTHEST:
        raise InvalidError(
            "until %(until)s: at most %(days)s days ahead; extend it by then",
            until=f"{window.until:%Y-%m-%d}",
            days=FURTHEST.days,
        )
    checked = replace(
        window,
        title=title,
        zone=checked_zone(window.zone),
        rrule=checked_rule(window.rrule) if window.rrule else "",
        reason=checked_reason(window.reason),
    )
    _check_times(checked, now)
    return checked


def occurrences(window: Window) -> Iterator[Occurrence]:
    """Yield all times of a window, in order."""
    length, grace = timedelta(seconds=window.duration_s), timedelta(seconds=window.grace_s)
    times = starts(window.start, window.zone, window.rrule, window.until)
    for count, starts_at in enumerate(times, start=1):
        yield Occurrence(
            window=window.number,
            occurrence=count,
            state=OccurrenceState.PLANNED,
            starts_at=starts_at,
            ends_at=starts_at + length,
            checks_at=starts_at + length + grace,
            devices_up=0,
            devices_back=0,
            ticket_id=None,
        )


def next_occurrence(window: Window, *, after: int, now: datetime) -> Occurrence | None:
    """Return the next time that is not over, behind the one of this count; None at the end."""
    if window.cancelled_at is not None:
        return None
    ahead = (one for one in occurrences(window) if one.occurrence > after and one.ends_at > now)
    return next(ahead, None)


def span_of(window: Window, occurrence: Occurrence) -> MutingSpan:
    """Return when an occurrence keeps which alerts quiet."""
    return MutingSpan(
        window=window.number,
        occurrence=occurrence.occurrence,
        matcher=window.matcher,
        title=window.title,
        author=window.author,
        starts_at=occurrence.starts_at,
        until=occurrence.checks_at,
    )


def baseline_of(
    occurrence: Occurrence, device: Device, seen: Seen, presence: Presence
) -> Baseline | None:
    """Return what to remember of a device at the start; None where it is not up."""
    if presence not in {Presence.ONLINE, Presence.LATE}:
        return None
    return Baseline(
        window=occurrence.window,
        occurrence=occurrence.occurrence,
        device_id=device.device_id,
        hostname=device.hostname,
        device_class=device.device_class,
        presence=presence,
        alerts=seen.alerts,
        services=seen.services,
        outcome="",
        lost=(),
    )


def checked_back(before: Baseline, seen: Seen | None, occurrence: Occurrence) -> Baseline:
    """Return what became of a device, looked at when the check is due.

    It is back when it is online, or reported since the end and is not lost. A portable or desktop
    device that sleeps since before the end is in good order; one that shut down and did not start
    again is not.
    """
    if seen is None or not _is_back(seen, occurrence):
        asleep = seen is not None and seen.goodbye is Goodbye.ASLEEP
        sleeps = before.device_class in {DeviceClass.LAPTOP, DeviceClass.WORKSTATION}
        return replace(before, outcome="asleep" if asleep and sleeps else "missing")
    lost = [
        *(f"service {one} fails" for one in seen.services if one not in before.services),
        *(f"alert {one}" for one in seen.alerts if one not in before.alerts),
    ]
    return replace(before, outcome="back", lost=tuple(lost))


def _is_back(seen: Seen, occurrence: Occurrence) -> bool:
    if seen.goodbye in {Goodbye.ASLEEP, Goodbye.SHUTTING_DOWN}:
        # It was back, and left in good order.
        return seen.received_at >= occurrence.ends_at
    interval_s = seen.report_interval_s
    online_since = occurrence.checks_at - timedelta(seconds=online_s(interval_s))
    late_since = occurrence.checks_at - timedelta(seconds=lost_after_s(interval_s))
    return seen.received_at >= min(online_since, max(occurrence.ends_at, late_since))


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InvalidError(
            "%(name)s %(value)s: %(least)s to %(most)s seconds are allowed",
            name=name,
            value=f"{value:g}",
            least=f"{least:g}",
            most=f"{most:g}",
        )


def _check_times(window: Window, now: datetime) -> None:
    before: Occurrence | None = None
    for one in occurrences(window):
        if before is not None and one.starts_at < before.checks_at:
            raise InvalidError(
                "rrule: the occurrence of %(starts_at)s UTC begins before the one "
                "before it ended and had its grace",
                starts_at=f"{one.starts_at:%Y-%m-%d %H:%M}",
            )
        if one.occurrence > MAX_TIMES:
            raise InvalidError(
                "rrule: more than %(most)s occurrences; choose an earlier until", most=MAX_TIMES
            )
        before = one
    if before is None or before.ends_at <= now:
        raise InvalidError("start: no occurrence of this window is ahead; check start and until")
