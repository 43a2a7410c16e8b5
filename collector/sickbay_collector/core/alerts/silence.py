"""Silences: alerts that are known and open no ticket until a named time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sickbay_collector.core.alerts.matcher import Matcher, Subject
from sickbay_collector.core.errors import ConflictError, InvalidError

MAX_SILENCES = 1000
"""Silences in force at once."""
LONGEST = timedelta(days=30)
"""What is quiet for longer is forgotten; who still wants it says so again."""
REASON_LIMIT = 500
"""Characters of a reason: it is kept with each alert that it hides."""


class MuteSource(StrEnum):
    """What keeps an alert from opening a ticket."""

    SILENCE = "silence"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Alerts that open no ticket, and until when."""

    number: int
    """What people call it: counted up, set by the store."""
    matcher: Matcher
    reason: str
    author: str
    """Login name."""
    created_at: datetime
    ends_at: datetime
    ended_by: str
    """Login name of who ended it early; "" where nobody did."""

    def is_active(self, now: datetime) -> bool:
        """Return whether it is in force."""
        return self.created_at <= now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class MutingSpan:
    """A maintenance window's time, in which its alerts open no ticket."""

    window: int
    occurrence: int
    matcher: Matcher
    title: str
    author: str
    starts_at: datetime
    until: datetime
    """When the check after its end is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Why an alert opens no ticket, and until when."""

    source: MuteSource
    number: int
    occurrence: int
    """Of a window; 0 for a silence."""
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietBook:
    """All silences and windows that are or will be in force."""

    silences: Sequence[Silence] = ()
    spans: Sequence[MutingSpan] = ()

    @property
    def names_sites(self) -> bool:
        """Return whether anything asks for the site of a device."""
        return any(one.matcher.site for one in self.silences) or any(
            one.matcher.site for one in self.spans
        )

    def mute_of(self, subject: Subject, now: datetime) -> Mute | None:
        """Return what keeps an alert quiet now; of several the one that ends last."""
        found = [
            *(_silenced(one) for one in self.silences if _holds(one, subject, now)),
            *(
                _in_window(one)
                for one in self.spans
                if one.starts_at <= now < one.until and one.matcher.matches(subject)
            ),
        ]
        return max(found, key=lambda one: one.until, default=None)


def checked_end(ends_at: datetime, *, now: datetime) -> datetime:
    """Return when a silence ends.

    Raises:
        InvalidError: It is not ahead, or more than 30 days ahead.
    """
    if not now < ends_at <= now + LONGEST:
        raise InvalidError(
            "ends_at %(ends_at)s: it must be ahead, by at most %(days)s days",
            ends_at=f"{ends_at:%Y-%m-%d %H:%M}",
            days=LONGEST.days,
        )
    return ends_at


def checked_reason(reason: str) -> str:
    """Return the reason without the space around it.

    Raises:
        InvalidError: It is empty, over 500 characters, or has characters that cannot be shown.
    """
    stripped = " ".join(reason.split())
    if not 1 <= len(stripped) <= REASON_LIMIT or not stripped.isprintable():
        raise InvalidError("reason: 1 to %(limit)s printable characters", limit=REASON_LIMIT)
    return stripped


def extended(silence: Silence, ends_at: datetime, *, now: datetime) -> Silence:
    """Return the silence with another end.

    Raises:
        ConflictError: It is over.
        InvalidError: The end is not ahead, or more than 30 days ahead.
    """
    _require_active(silence, now)
    return replace(silence, ends_at=checked_end(ends_at, now=now))


def expired(silence: Silence, *, by: str, now: datetime) -> Silence:
    """Return the silence as it ends now.

    Raises:
        ConflictError: It is over.
    """
    _require_active(silence, now)
    return replace(silence, ends_at=now, ended_by=by)


def _require_active(silence: Silence, now: datetime) -> None:
    if not silence.is_active(now):
        raise ConflictError(
            "silence %(number)s ended at %(ends_at)s; add another",
            number=silence.number,
            ends_at=_utc(silence.ends_at),
        )


def _holds(silence: Silence, subject: Subject, now: datetime) -> bool:
    return silence.is_active(now) and silence.matcher.matches(subject)


def _silenced(one: Silence) -> Mute:
    return Mute(
        source=MuteSource.SILENCE,
        number=one.number,
        occurrence=0,
        until=one.ends_at,
        reason=f"silence {one.number} by {one.author} until {_utc(one.ends_at)}: {one.reason}",
    )


def _in_window(one: MutingSpan) -> Mute:
    return Mute(
        source=MuteSource.WINDOW,
        number=one.window,
        occurrence=one.occurrence,
        until=one.until,
        reason=f"maintenance window {one.window} by {one.author} until {_utc(one.until)}:"
        f" {one.title}",
    )


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
