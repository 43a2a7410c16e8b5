"""The calendars, shifts, rotas and promises as the documents say them: plain values, plain sums.

Nothing of the product is used here, so that it can be compared with this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = timedelta(minutes=1)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LISTS = (
    "escalations",
    "calendars",
    "policies",
    "technicians",
    "tiers",
    "shifts",
    "rotas",
    "overrides",
)

Week = tuple[tuple[tuple[int, int], ...], ...]
Entry = Mapping[str, Any]


def seconds(text: str) -> int:
    """Return the length of "30m"."""
    return int(text[:-1]) * _UNITS[text[-1]]


@dataclass(slots=True)
class Hours:
    """Hours of a week in a zone, minute by minute from a first moment on."""

    zone: ZoneInfo
    week: Week
    since: datetime
    days: int = 21
    _open: list[bool] = field(default_factory=list)
    _before: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        total = 0
        for number in range(self.days * 1440):
            local = (self.since + number * _MINUTE).astimezone(self.zone)
            minute = local.hour * 60 + local.minute
            is_open = any(begin <= minute < end for begin, end in self.week[local.weekday()])
            self._before.append(total)
            self._open.append(is_open)
            total += 60 * is_open

    def is_open(self, at: datetime) -> bool:
        """Whether that moment is within."""
        return self._open[self._minute(at)]

    def worked_s(self, since: datetime, until: datetime) -> float:
        """Return the seconds within from one moment to another."""
        return max(0.0, self._until(until) - self._until(since))

    def reached(self, since: datetime, amount_s: float) -> datetime:
        """Return the first moment at which so much is worked, stepping by the minute."""
        left, at = amount_s, since
        while left > 0:
            step = 60.0 - at.second
            if self.is_open(at):
                if left <= step:
                    return at + timedelta(seconds=left)
                left -= step
            at += timedelta(seconds=step)
        return at

    def _until(self, at: datetime) -> float:
        minute = self._minute(at)
        rest = (at - self.since).total_seconds() - 60 * minute
        return self._before[minute] + rest * self._open[minute]

    def _minute(self, at: datetime) -> int:
        return int((at - self.since).total_seconds() // 60)


class Plain:
    """What the documents say, later ones over earlier ones.

    Args:
        files: The documents.
        since: The first moment that is asked for.
    """

    def __init__(self, files: list[Path], since: datetime) -> None:
        self.since = since
        said: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in _LISTS}
        for path in files:
            for name, entries in yaml.safe_load(path.read_text()).items():
                if name in _LISTS:
                    for entry in entries:
                        key = entry.get("id") or entry["login"]
                        said[name].setdefault(key, {}).update(entry)
        self.policies = list(said["policies"].values())
        # Entries of the site come before those of the default set.
        self.escalations = sorted(
            said["escalations"].values(), key=lambda one: one["id"] in _SHIPPED
        )
        self.technicians: Mapping[str, Entry] = said["technicians"]
        self.tiers: Mapping[str, Entry] = said["tiers"]
        self.rotas = said["rotas"]
        self.overrides = said["overrides"]
        self.calendars = {name: self.hours(one) for name, one in said["calendars"].items()}
        self.shifts = [(one["technicians"], self.hours(one)) for one in said["shifts"].values()]
        self._layers: dict[str, Hours] = {}

    def hours(self, entry: Entry) -> Hours:
        """Return the hours of an entry with a zone and a week; all of them without a week."""
        days: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
        for names, spans in entry.get("week", {"mon-sun": ["00:00-24:00"]}).items():
            for day in _range(names):
                days[day] += [_minutes(span) for span in spans]
        week = tuple(tuple(day) for day in days)
        return Hours(ZoneInfo(entry.get("zone", "UTC")), week, self.since)

    def promise(self, subject: Mapping[str, str], target: str) -> Entry | None:
        """Return the first policy that fits a ticket and promises this."""
        for policy in self.policies:
            fits = all(
                key not in policy or subject[key] in policy[key]
                for key in ("priority", "category", "service")
            )
            if fits and target in policy:
                return policy
        return None

    def escalation(self, subject: Mapping[str, str]) -> Entry:
        """Return the first escalation policy that fits a ticket."""
        return next(
            one
            for one in self.escalations
            if all(key not in one or subject[key] in one[key] for key in ("priority", "category"))
        )

    def zone_of(self, login: str) -> ZoneInfo:
        """Return the zone in which a technician's day is counted."""
        person = self.technicians[login]
        return ZoneInfo(person.get("zone") or _SITES[person["sites"][0]])

    def absent(self, login: str, at: datetime) -> bool:
        """Whether a technician is away: whole days by the clock where they are."""
        person = self.technicians[login]
        day = at.astimezone(self.zone_of(login)).date().isoformat()
        return any(one["from"] <= day <= one["until"] for one in person.get("absences", ()))

    def on_shift(self, login: str, at: datetime) -> bool:
        """Whether a technician works at that moment."""
        return not self.absent(login, at) and any(
            login in people and hours.is_open(at) for people, hours in self.shifts
        )

    def on_call(self, tier: str, at: datetime) -> list[str]:
        """Return who is on call for a tier, in the order of the layers."""
        found: dict[str, None] = {}
        for rota in self.rotas.values():
            if rota["tier"] != tier:
                continue
            stand_in = [one["login"] for one in self._stand_ins(rota["id"], at)]
            found |= dict.fromkeys(stand_in or self._by_layers(rota, at))
        return list(found)

    def _by_layers(self, rota: Entry, at: datetime) -> Iterator[str]:
        for layer in rota["layers"]:
            name = f"{rota['id']}/{layer['name']}"
            if name not in self._layers:
                self._layers[name] = self.hours(layer)
            if self._layers[name].is_open(at):
                yield from self._turn(layer, at)

    def _turn(self, layer: Entry, at: datetime) -> Iterator[str]:
        people = layer["participants"]
        turn = 0
        if "handover" in layer:
            zone = ZoneInfo(layer.get("zone", "UTC"))
            begin = datetime.fromisoformat(f"{layer['handover']['from']}T00:00")
            hour = int(layer["handover"]["at"][:2])
            local = at.astimezone(zone).replace(tzinfo=None) - timedelta(hours=hour)
            turn = (local.date() - begin.date()).days
        for step in range(len(people)):
            login = people[(turn + step) % len(people)]
            if not self.absent(login, at):
                yield login
                return

    def _stand_ins(self, rota: str, at: datetime) -> Iterator[Entry]:
        for one in self.overrides.values():
            day = at.astimezone(ZoneInfo(one["zone"])).date().isoformat()
            if one["rota"] == rota and str(one["from"]) <= day <= str(one["until"]):
                yield one


_SHIPPED = {"urgent", "high", "medium", "low"}
_SITES = {"berlin": "Europe/Berlin", "boston": "America/New_York", "singapore": "Asia/Singapore"}


def _range(names: str) -> range:
    first, _, last = names.partition("-")
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _minutes(span: str) -> tuple[int, int]:
    begin, end = span.split("-")
    return _minute(begin), _minute(end)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def utc(text: str) -> datetime:
    """Return a time of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
