"""Reading how a technician wants to be told."""

from datetime import time

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.notify_rules import (
    DEFAULT_BUNDLE_S,
    DEFAULT_PER_HOUR,
    Hours,
    NotifyRule,
    NotifyRules,
)
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.services.book.kind import Known, items
from sickbay_collector.services.calendar_fields import DAYS

NOTIFY_KEYS = ("notify", "quiet_hours", "bundle", "messages_per_hour")
"""Keys of an entry that say how somebody is told."""
MAX_RULES = 20
MAX_CHANNELS = 10
MAX_BUNDLE_S = 3600.0
MAX_PER_HOUR = 1000

_HOURS = r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)"
_HOURS_MEAN = 'hours in quotes like "08:00-18:00", over midnight like "22:00-07:00"'


def notify_rules(fields: Fields, known: Known) -> NotifyRules:
    """Return how the technician of an entry wants to be told.

    Raises:
        InvalidError: A rule is written wrong, or names a channel that is not there.
    """
    return NotifyRules(
        rules=tuple(
            _rule(Fields(item, f"{fields.subject}, notify", _RULE_KEYS), known)
            for item in items(fields, "notify", most=MAX_RULES)
        ),
        quiet=_hours(fields, "quiet_hours"),
        bundle_s=fields.duration_s("bundle", MAX_BUNDLE_S)
        if fields.has("bundle")
        else DEFAULT_BUNDLE_S,
        per_hour=fields.integer("messages_per_hour", 1, MAX_PER_HOUR)
        if fields.has("messages_per_hour")
        else DEFAULT_PER_HOUR,
    )


_RULE_KEYS = ("channels", "priorities", "days", "hours")


def _rule(fields: Fields, known: Known) -> NotifyRule:
    channels = known.some(fields, "channels", "channels")
    if not 0 < len(channels) <= MAX_CHANNELS:
        raise fields.error("channels", f"must name 1 to {MAX_CHANNELS} channels, the best first")
    priorities: frozenset[Priority] = frozenset()
    if fields.has("priorities"):
        words = fields.some_of("priorities", [one.value for one in Priority])
        priorities = frozenset(Priority(word) for word in words)
    days = fields.some_of("days", DAYS) if fields.has("days") else ()
    return NotifyRule(
        channels=channels,
        priorities=priorities,
        days=frozenset(DAYS.index(day) for day in days),
        hours=_hours(fields, "hours"),
    )


def _hours(fields: Fields, key: str) -> Hours | None:
    if not fields.has(key):
        return None
    said = fields.text(key, pattern=_HOURS, means=_HOURS_MEAN)
    begin, end = said.split("-")
    if end > "24:00":
        raise fields.error(key, "must end by 24:00")
    # The day's end is the next one's begin.
    found = Hours(
        begin=time.fromisoformat(begin),
        end=time() if end == "24:00" else time.fromisoformat(end),
    )
    if found.begin == found.end:
        raise fields.error(key, "must not begin and end at one time; leave it out for all day")
    return found
