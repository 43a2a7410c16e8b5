"""Loading calendars and SLA policies: the default set of this package, and a site's over it.

An entry with an id that is there already replaces the keys that it names. Policies that a site adds
stand before those of the package, so that they are asked first.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked, merged
from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.desk.category import CATEGORIES
from sickbay_collector.core.desk.sla import SlaTarget
from sickbay_collector.core.desk.sla_policy import PENDING, SlaBook, SlaPolicy, SlaTerm
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.calendar_fields import DAYS, days_off, week_of, zone_of
from sickbay_collector.services.marked_yaml import pack_files, read_marked, site_files

MAX_CALENDARS = 100
MAX_POLICIES = 200
MIN_WEEK_MINUTES = 120
"""A calendar that works less has no use, and its due times lie decades away."""
MIN_WITHIN_S = 60.0
MAX_WITHIN_S = 30 * 86_400.0

_ID = r"[a-z][a-z0-9_-]{0,31}"
_ID_MEANS = "1 to 32 of a-z, 0-9, _ and -, beginning with a letter"
_TERM = ("within", "calendar")
_CALENDAR = ("id", "zone", "week", "holidays", "closed")
_POLICY = (
    "id",
    "enabled",
    "priority",
    "category",
    "service",
    "pauses",
    *(target.value for target in SlaTarget),
)

Entries = dict[str, Marked]


@dataclass(slots=True, kw_only=True)
class _Layer:
    """What one place says."""

    calendars: Entries = field(default_factory=dict)
    policies: Entries = field(default_factory=dict)


def load_sla(directories: Iterable[Path], *, today: date) -> SlaBook:
    """Return the default set with what these directories say over it, in this order.

    A directory that is not there counts as empty. Its files are those named `*.yaml`, in order of
    their names.

    Args:
        directories: Where a site's files are.
        today: Public holidays are worked out for five years before it and ten behind.

    Raises:
        InvalidError: A file or entry is wrong; the message names file, line and key.
    """
    found = _layer(pack_files("sla"))
    for directory in directories:
        over = _layer(site_files(directory, "SLA"))
        found.calendars = _over(found.calendars, over.calendars)
        found.policies = _over(found.policies, over.policies)
    return parse_sla(found.calendars, found.policies, today=today)


def parse_sla(
    calendar_entries: Entries,
    policy_entries: Entries,
    *,
    today: date,
    categories: Collection[str] = CATEGORIES,
) -> SlaBook:
    """Return the book of these entries, by their ids.

    Args:
        calendar_entries: The calendars.
        policy_entries: The policies, in order.
        today: Public holidays are worked out for five years before it and ten behind.
        categories: What a ticket may belong to.

    Raises:
        InvalidError: An entry is wrong; the message names file, line and key.
    """
    _limit("calendars", len(calendar_entries), MAX_CALENDARS)
    _limit("policies", len(policy_entries), MAX_POLICIES)
    calendars = {name: _calendar(entry, today) for name, entry in calendar_entries.items()}
    policies = [_policy(entry, calendars, categories) for entry in policy_entries.values()]
    return SlaBook(
        policies=tuple(policy for policy in policies if policy is not None),
        calendars=MappingProxyType(calendars),
        version=_version(calendars),
    )


def _over(base: Entries, over: Entries) -> Entries:
    added = {name: entry for name, entry in over.items() if name not in base}
    changed = {
        name: merged(entry, over[name]) if name in over else entry for name, entry in base.items()
    }
    return added | changed


def _limit(what: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidError(f"there are {count} {what}; at most {most} are allowed")


def _layer(files: Sequence[Traversable]) -> _Layer:
    layer = _Layer()
    for file in files:
        content = read_marked(file, "SLA file")
        if content is None:
            continue
        fields = Fields(content, "SLA file", ("calendars", "policies"))
        _collect(fields, "calendars", layer.calendars)
        _collect(fields, "policies", layer.policies)
    return layer


def _collect(fields: Fields, key: str, into: Entries) -> None:
    """Add the entries of a list; none of them may be there twice."""
    if not fields.has(key):
        return
    items = fields.take(key).value
    if not isinstance(items, tuple):
        raise fields.error(
            key, f'must be a list of entries that begin with "- id:", not {shown(items)}'
        )
    for entry in items:
        name = Fields(entry, key, None).text("id", pattern=_ID, means=_ID_MEANS)
        if name in into:
            raise wrong(entry.where, f"{key} {name}", f"is there already, at {into[name].where}")
        into[name] = entry


def _calendar(entry: Marked, today: date) -> Calendar:
    name = Fields(entry, "calendar", None).text("id", pattern=_ID, means=_ID_MEANS)
    fields = Fields(entry, f"calendar {name}", _CALENDAR)
    zone_name = zone_of(fields)
    calendar = Calendar(
        calendar_id=name,
        zone_name=zone_name,
        zone=ZoneInfo(zone_name),
        week=week_of(fields),
        holidays=MappingProxyType(days_off(fields, today)),
    )
    if calendar.week_minutes < MIN_WEEK_MINUTES:
        raise fields.error(
            "week",
            f"has {calendar.week_minutes} minutes of working time; at least {MIN_WEEK_MINUTES}"
            f' are needed, for example {DAYS[0]}-{DAYS[4]}: ["08:00-17:00"]',
        )
    return calendar


def _policy(
    entry: Marked, calendars: Mapping[str, Calendar], allowed: Collection[str]
) -> SlaPolicy | None:
    """Return a policy; None for one that is switched off."""
    name = Fields(entry, "policy", None).text("id", pattern=_ID, means=_ID_MEANS)
    fields = Fields(entry, f"policy {name}", _POLICY)
    terms = dict(_terms(fields, calendars))
    if not terms:
        raise wrong(entry.where, f"policy {name}", "needs a response or a resolution")
    policy = SlaPolicy(
        policy_id=name,
        priorities=frozenset(Priority(one) for one in _words(fields, "priority", list(Priority))),
        categories=frozenset(_words(fields, "category", allowed)),
        services=frozenset(_services(fields)),
        terms=MappingProxyType(terms),
        pauses=_pauses(fields),
    )
    return policy if not fields.has("enabled") or fields.flag("enabled") else None


def _terms(
    fields: Fields, calendars: Mapping[str, Calendar]
) -> Iterator[tuple[SlaTarget, SlaTerm]]:
    for target in SlaTarget:
        if fields.has(target):
            term = Fields(fields.take(target), f"{fields.subject}, {target}", _TERM)
            yield (
                target,
                SlaTerm(
                    within_s=term.duration_s("within", MAX_WITHIN_S, low_s=MIN_WITHIN_S),
                    calendar=term.one_of("calendar", list(calendars)),
                ),
            )


def _words(fields: Fields, key: str, allowed: Collection[str]) -> Sequence[str]:
    return fields.some_of(key, allowed) if fields.has(key) else ()


def _services(fields: Fields) -> Iterator[str]:
    items = fields.take("service").value if fields.has("service") else ()
    if not isinstance(items, tuple):
        raise fields.error("service", f"must be a list of services, not {shown(items)}")
    for item in items:
        yield Fields(Marked(value={"service": item}, where=item.where), fields.subject, None).text(
            "service", pattern=_ID, means=_ID_MEANS
        )


def _pauses(fields: Fields) -> frozenset[TicketStatus]:
    """Return the statuses in which clocks stand still: all that wait, unless it says which."""
    if not fields.has("pauses"):
        return frozenset(PENDING.values())
    if fields.take("pauses").value == ():
        return frozenset()
    return frozenset(PENDING[word] for word in fields.some_of("pauses", tuple(PENDING)))


def _version(calendars: Mapping[str, Calendar]) -> str:
    said = [
        [
            one.calendar_id,
            one.zone_name,
            [[(part.begin_min, part.end_min) for part in day] for day in one.week],
            sorted((str(day), name) for day, name in one.holidays.items()),
        ]
        for _, one in sorted(calendars.items())
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
