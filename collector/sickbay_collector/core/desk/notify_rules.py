"""How somebody wants to be told: on which channels and when, by priority, day and hour."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.ticket import Priority

DEFAULT_BUNDLE_S = 60.0
"""Messages to one recipient within so many seconds go out as one."""
DEFAULT_PER_HOUR = 20
"""Messages that one recipient gets in an hour; what is more is bundled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A time of day, from `begin` to before `end`; over midnight where `end` is not later."""

    begin: time
    end: time

    def holds(self, clock: time) -> bool:
        """Return whether a time of day is within."""
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRule:
    """On which channels somebody is told when it fits."""

    channels: tuple[str, ...]
    """Ids, the best one first; the others are for when it fails."""
    priorities: frozenset[Priority] = frozenset()
    """Empty for all."""
    days: frozenset[int] = frozenset()
    """0 is Monday; empty for all."""
    hours: Hours | None = None
    """None for around the clock."""

    def fits(self, priority: Priority, local: datetime) -> bool:
        """Return whether the rule is for this priority at this local time."""
        return (
            (not self.priorities or priority in self.priorities)
            and (not self.days or local.weekday() in self.days)
            and (self.hours is None or self.hours.holds(local.time()))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRules:
    """All of what somebody wants."""

    rules: tuple[NotifyRule, ...] = ()
    """In order: the first that fits decides."""
    quiet: Hours | None = None
    """When only what is urgent comes through; None for never."""
    bundle_s: float = DEFAULT_BUNDLE_S
    per_hour: int = DEFAULT_PER_HOUR


USUAL = NotifyRules()
"""Of who has said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyPlan:
    """When and on which channels a message goes out."""

    channels: tuple[str, ...]
    """Empty where no rule fits."""
    not_before: datetime
    bundled: bool
    """Whether it may go out together with others."""


def plan(rules: NotifyRules, priority: Priority, at: datetime, zone: str) -> NotifyPlan:
    """Return how somebody is told of something.

    What is urgent goes out at once and alone, in quiet hours too. The rest waits for others to go
    with, and in quiet hours for their end.

    Args:
        rules: What they want.
        priority: Of what they are told.
        at: When it happened, aware.
        zone: IANA name of the zone that days and hours are in.
    """
    local = at.astimezone(ZoneInfo(zone))
    if priority is Priority.URGENT:
        return NotifyPlan(channels=_channels(rules, priority, local), not_before=at, bundled=False)
    waits = timedelta(seconds=rules.bundle_s)
    # What would go out a minute into the night waits for the morning too.
    held = end_of_quiet(rules.quiet, local) or end_of_quiet(rules.quiet, local + waits)
    due = at + waits if held is None else held
    return NotifyPlan(
        channels=_channels(rules, priority, local if held is None else held),
        not_before=due.astimezone(at.tzinfo),
        bundled=rules.bundle_s > 0 or held is not None,
    )


def _channels(rules: NotifyRules, priority: Priority, local: datetime) -> tuple[str, ...]:
    """Return the channels of the first rule that fits when the message goes out."""
    return next((one.channels for one in rules.rules if one.fits(priority, local)), ())


def end_of_quiet(quiet: Hours | None, local: datetime) -> datetime | None:
    """Return when the quiet hours end that this moment is in; None where it is in none.

    Args:
        quiet: The hours; None for none.
        local: A moment in the zone that they are in.
    """
    if quiet is None or not quiet.holds(local.time()):
        return None
    end = datetime.combine(local.date(), quiet.end, local.tzinfo)
    if end <= local:
        end = datetime.combine(local.date() + timedelta(days=1), quiet.end, local.tzinfo)
    return end
