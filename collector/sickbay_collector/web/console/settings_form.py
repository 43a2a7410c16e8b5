"""Entries as forms: labelled fields for what people change every week, text for all else.

What a form says is kept as it was typed, name by name, so that a form that is refused comes back as
it was. Turning it into an entry says of each value where it stood: a refusal names its field.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import yaml

from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import EntryKind, marked
from sickbay_collector.services.calendar_fields import DAYS
from sickbay_collector.services.marked_yaml import FILE, parse_marked
from sickbay_collector.web.console.texts import _

Raw = Mapping[str, Sequence[str]]
"""What a form says: values by the names of its fields."""

TEXT = "text"
"""The field of an entry that is written as text."""
MORE = "more"
"""The field of the keys that have no field of their own, written as text."""
SECRET_PREFIX = "secret."  # noqa: S105 - the name of a field, not its value
_PREFIX = "f."
_SPARE_ROWS = 3
_MOST_ROWS = 400
MOST_OPTIONS = 300
"""A field with more things to choose from is written as text."""
_WIDTH = 100


class Shape(StrEnum):
    """How a field is shown and read."""

    LINE = "line"
    NUMBER = "number"
    CHOICE = "choice"
    TICKS = "ticks"
    WORDS = "words"
    """A list on one line, with commas."""
    LINES = "lines"
    """A list, one a line."""
    LEVELS = "levels"
    WEEK = "week"
    ABSENCES = "absences"
    HOLIDAYS = "holidays"
    TARGET = "target"
    """How long something may take, and in whose hours that counts."""
    SECRET = "secret"  # noqa: S105 - a kind of field


_LISTS = frozenset({Shape.TICKS, Shape.WORDS, Shape.LINES, Shape.ABSENCES})
_JOINED = MappingProxyType({Shape.WORDS: ", ", Shape.LINES: "\n"})
"""What stands between the items of a list."""
_NESTED = frozenset({Shape.LEVELS, Shape.HOLIDAYS, Shape.WEEK, Shape.ABSENCES, Shape.TARGET})
ABSENCE_KEYS = ("from", "until", "reason")
_KEYS = MappingProxyType(
    {Shape.HOLIDAYS: ("country", "subdivision"), Shape.TARGET: ("within", "calendar")}
)
Options = Callable[[DeskBook], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One labelled field: a key of the entry."""

    key: str
    label: str
    shape: Shape = Shape.LINE
    help: str = ""
    options: Options | None = None
    """Ids and names to choose from; None where there is nothing to choose."""

    @property
    def name(self) -> str:
        """Return the name in the form; that of a secret is given back to nobody."""
        return f"{SECRET_PREFIX if self.shape is Shape.SECRET else _PREFIX}{self.key}"


def raw_of(fields: Sequence[FormField], content: Mapping[str, Plain], kind: EntryKind) -> Raw:
    """Return an entry as its form shows it."""
    found: dict[str, Sequence[str]] = {f"{_PREFIX}{kind.id_key}": [_line(content[kind.id_key])]}
    for field in fields:
        if field.key in content:
            found |= dict(_shown(field, content[field.key]))
    known = {kind.id_key, "enabled", *(field.key for field in fields)}
    more = {key: value for key, value in content.items() if key not in known}
    return found | {MORE: [as_text(more) if more else ""]}


def entry_of(
    fields: Sequence[FormField], raw: Raw, before: Mapping[str, Plain], kind: EntryKind
) -> Marked:
    """Return the entry that a form says.

    Args:
        fields: Of the form.
        raw: What it says.
        before: The entry as it was; empty for a new one.
        kind: Of the entry.

    Raises:
        InvalidError: What is written as text is none; the message names the line.
    """
    found: dict[str, Marked] = {
        kind.id_key: marked(_first(raw, _PREFIX + kind.id_key), kind.id_key)
    }
    for field in fields:
        value = _said(field, raw, before.get(field.key))
        if value is not None:
            found[field.key] = marked(value, field.key)
    if "enabled" in before:
        found["enabled"] = marked(before["enabled"], "enabled")
    return Marked(value=found | _more(raw, found), where=kind.one)


def text_entry(raw: Raw) -> Marked:
    """Return the entry that was written as text.

    Raises:
        InvalidError: It is empty or no YAML; the message names the line.
    """
    found = parse_marked(_first(raw, TEXT), "line", "entry", FILE)
    if found is None:
        raise InvalidError(_("the text is empty; write a line for each key"))
    return found


def as_text(content: Mapping[str, Plain]) -> str:
    """Return keys of an entry as the text that people change."""
    return yaml.safe_dump(
        dict(content), sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None
    )


def rows(raw: Raw, name: str) -> range:
    """Return the numbers of the rows that a form shows for a list of mappings."""
    prefix = f"{name}."
    numbers = (one[len(prefix) :].partition(".")[0] for one in raw if one.startswith(prefix))
    last = max((int(one) for one in numbers if one.isdecimal() and len(one) < 5), default=-1)
    return range(min(last + 1 + _SPARE_ROWS, _MOST_ROWS))


def week_texts(week: Plain) -> dict[str, str]:
    """Return the hours of each day as text, for a week whose keys may be ranges."""
    found = dict.fromkeys(DAYS, "")
    for key, hours in week.items() if isinstance(week, dict) else ():
        first, _, last = str(key).partition("-")
        if first in DAYS and (last or first) in DAYS:
            for day in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
                found[day] = ", ".join(map(str, hours)) if isinstance(hours, list) else ""
    return found


def _shown(field: FormField, value: Plain) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the names and values of a field; a secret has none to show."""
    if field.shape is Shape.TICKS:
        yield field.name, [_line(one) for one in _items(value)]
    elif field.shape in _JOINED:
        yield field.name, [_JOINED[field.shape].join(_line(one) for one in _items(value))]
    elif field.shape in _NESTED:
        for name, one in _nested(field, value):
            yield f"{field.name}.{name}", [one]
    elif field.shape is not Shape.SECRET:
        yield field.name, [_line(value)]


def _nested(field: FormField, value: Plain) -> Iterator[tuple[str, str]]:
    if field.shape is Shape.WEEK:
        yield from week_texts(value).items()
    elif field.shape is Shape.ABSENCES:
        for number, row in enumerate(_items(value)):
            for key, one in row.items() if isinstance(row, dict) else ():
                yield f"{number}.{key}", _line(one)
    else:
        for key, one in value.items() if isinstance(value, dict) else ():
            yield key, _line(one)


def _said(field: FormField, raw: Raw, before: Plain) -> Plain:
    """Return what a field says; None where it is left empty and was before."""
    value = _value(field, raw, before)
    if value in (None, "", [], {}):
        # What was a list is made an empty one: left out, what stands beneath it would show again.
        is_list = field.shape in _LISTS and before is not None
        return [] if is_list else ({} if field.shape is Shape.LEVELS and before else None)
    return value


def _value(field: FormField, raw: Raw, before: Plain) -> Plain:
    name, first = field.name, _first(raw, field.name)
    if field.shape is Shape.TICKS:
        return [one for one in raw.get(name, ()) if one]
    if field.shape in _JOINED:
        parts = first.split(",") if field.shape is Shape.WORDS else first.splitlines()
        return [one.strip() for one in parts if one.strip()]
    if field.shape in _NESTED:
        return _nested_value(field.shape, raw, name, before)
    return _number(first) if field.shape is Shape.NUMBER else first


def _nested_value(shape: Shape, raw: Raw, name: str, before: Plain) -> Plain:
    said = dict(_below(raw, name))
    if shape is Shape.WEEK:
        return _week(said, before)
    if shape is Shape.ABSENCES:
        return [dict(row) for row in _rows(raw, name)]
    if shape is Shape.LEVELS:
        return {key: _number(one) for key, one in said.items()}
    return {key: said[key] for key in _KEYS[shape] if key in said}


def _week(said: Mapping[str, str], before: Plain) -> Plain:
    """Return the hours of a week, neighbouring days that are alike as a range."""
    texts = {day: said.get(day, "") for day in DAYS}
    if texts == week_texts(before):
        return before
    found: dict[str, Plain] = {}
    at = 0
    while at < len(DAYS):
        last = at
        while last + 1 < len(DAYS) and texts[DAYS[last + 1]] == texts[DAYS[at]]:
            last += 1
        if texts[DAYS[at]]:
            key = DAYS[at] if last == at else f"{DAYS[at]}-{DAYS[last]}"
            found[key] = [one.strip() for one in texts[DAYS[at]].split(",") if one.strip()]
        at = last + 1
    return found


def _rows(raw: Raw, name: str) -> Iterator[Iterator[tuple[str, Plain]]]:
    for number in rows(raw, name):
        row = [(key, one) for key, one in _below(raw, f"{name}.{number}") if key in ABSENCE_KEYS]
        if row:
            yield iter(row)


def _below(raw: Raw, name: str) -> Iterator[tuple[str, str]]:
    """Yield what is filled in of the fields whose names begin so."""
    prefix = f"{name}."
    for one in raw:
        key, value = one[len(prefix) :], _first(raw, one)
        if one.startswith(prefix) and value and "." not in key:
            yield key, value


def _more(raw: Raw, known: Mapping[str, Marked]) -> dict[str, Marked]:
    found = parse_marked(_first(raw, MORE), MORE, "entry", FILE)
    if found is None:
        return {}
    if not isinstance(found.value, Mapping):
        wrong = _("must be lines of a key, a colon and its value")
        raise InvalidError(f"{MORE}:1: {wrong}")
    twice = next((key for key in found.value if key in known), None)
    if twice is not None:
        wrong = _("%(key)r has a field of its own", key=twice)
        raise InvalidError(f"{found.value[twice].where}: {wrong}")
    return dict(found.value)


def _first(raw: Raw, name: str) -> str:
    values = raw.get(name, ())
    return values[0].strip() if values else ""


def _number(text: str) -> Plain:
    """Return a number; what is none stays text, which whoever reads the key refuses."""
    try:
        return int(text) if len(text) < 20 else text
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _items(value: Plain) -> Sequence[Plain]:
    return value if isinstance(value, list) else ()


def _line(value: Plain) -> str:
    return "" if value is None else str(value)
