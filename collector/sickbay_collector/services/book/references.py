"""Which entries name another one: what must change before that can go."""

from collections.abc import Iterator, Mapping
from datetime import date

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.all_kinds import ALL_KINDS, CALENDARS
from sickbay_collector.services.book.kind import Known, Layer
from sickbay_collector.services.book.kinds import KINDS
from sickbay_collector.services.book.plan import Key

_CALENDAR = "calendar"
"""The key by which entries of several kinds name a calendar, at any depth."""


class _Noting(Known):
    """Notes what is asked for while entries are read."""

    def __init__(self, layer: Layer, today: date) -> None:
        super().__init__(layer, today)
        self.asked: set[Key] = set()

    def check(self, fields: Fields, key: str, item: Marked, kind: str) -> str:
        """Return the id that a value names, and note it."""
        name = super().check(fields, key, item, kind)
        self.asked.add((kind, name))
        return name


def named_by(layer: Layer, wanted: Key, *, today: date) -> tuple[Key, ...]:
    """Return the entries that name an entry, by kind.

    Args:
        layer: All entries of all kinds.
        wanted: Kind and id of the entry.
        today: As for `configure`.
    """
    found = list(_calendar_users(layer, wanted[1])) if wanted[0] == CALENDARS.name else []
    found += _readers(layer, wanted, today)
    return tuple(dict.fromkeys(key for key in found if key != wanted))


def _readers(layer: Layer, wanted: Key, today: date) -> Iterator[Key]:
    known = _Noting(layer, today)
    for kind in KINDS:
        for name, entry in layer[kind.name].items():
            known.asked.clear()
            fields = Fields(entry, f"{kind.one} {name}", None)
            try:
                kind.parse(fields, known)
            except InvalidError:
                # What is wrong is not in force, so it keeps nothing from going.
                continue
            if wanted in known.asked:
                yield kind.name, name


def _calendar_users(layer: Layer, name: str) -> Iterator[Key]:
    for kind in ALL_KINDS:
        for entry_id, entry in layer[kind].items():
            if _names_calendar(entry, name):
                yield kind, entry_id


def _names_calendar(entry: Marked, name: str) -> bool:
    if isinstance(entry.value, Mapping):
        own = entry.value.get(_CALENDAR)
        return (own is not None and own.value == name) or any(
            _names_calendar(item, name) for item in entry.value.values()
        )
    return isinstance(entry.value, tuple) and any(
        _names_calendar(item, name) for item in entry.value
    )
