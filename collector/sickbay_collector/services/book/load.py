"""Making what is in force of entries: the desk book, what it promises, and the alert rules."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.alerts.source import Marked, plain
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.category import Category
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.all_kinds import CALENDARS, POLICIES, RULES
from sickbay_collector.services.book.kind import BookKind, Entries, Known, Layer
from sickbay_collector.services.book.kinds import KINDS
from sickbay_collector.services.book.layers import (
    MAX_ENTRIES,
    default_layer,
    folder_layer,
    laid_over,
)
from sickbay_collector.services.rulebook import parse_rules
from sickbay_collector.services.sla_files import parse_sla

# Most calendars have no public holidays.
_ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What entries come to."""

    book: DeskBook
    rules: RuleSet


def load_book(directories: Iterable[Path], *, today: date = _ANY_DAY) -> DeskBook:
    """Return the book of the default set with the documents of these folders over it, in order.

    A folder that is not there counts as empty. Its files are those named `*.yaml`, in order of
    their names.

    Args:
        directories: Where they are.
        today: As for `configure`; any day where no calendar has public holidays.

    Raises:
        InvalidError: A file or entry is wrong; the message names file, line and key.
    """
    layer = default_layer()
    for directory in directories:
        layer = laid_over(layer, folder_layer(directory))
    return configure(layer, today=today).book


def configure(layer: Layer, *, today: date) -> Configuration:
    """Return what these entries come to.

    Args:
        layer: All entries of all kinds.
        today: Public holidays are worked out for five years before it and ten behind.

    Raises:
        InvalidError: An entry is wrong, or names one that is not there.
    """
    count = sum(len(entries) for entries in layer.values())
    if count > MAX_ENTRIES:
        raise InvalidError(f"there are {count} entries; at most {MAX_ENTRIES} are allowed")
    live = {kind.name: dict(_enabled(kind, layer[kind.name])) for kind in KINDS}
    known = Known(live, today)
    made = {kind.name: _values(kind, live[kind.name], known) for kind in KINDS}
    # The registry says of each field of the book how it is made; no type can.
    book = DeskBook(version=_version(layer), **made)  # type: ignore[arg-type]
    return _completed(book, layer, live, today)


def _completed(
    book: DeskBook, layer: Layer, live: Mapping[str, Entries], today: date
) -> Configuration:
    """Return the book with what is promised, checked as a whole, and the rules."""
    categories: Mapping[str, Category] = book.categories
    sla = parse_sla(
        layer[CALENDARS.name], layer[POLICIES.name], today=today, categories=tuple(categories)
    )
    whole = replace(book, sla=sla)
    for kind in KINDS:
        if kind.check is not None:
            kind.check(whole, live[kind.name])
    return Configuration(
        book=whole, rules=parse_rules(layer[RULES.name], categories, tuple(book.tiers))
    )


def _values(kind: BookKind[object], entries: Entries, known: Known) -> object:
    if len(entries) > kind.most:
        raise InvalidError(f"there are {len(entries)} {kind.name}; at most {kind.most} are allowed")
    parsed = {name: kind.parse(_fields(kind, entry), known) for name, entry in entries.items()}
    is_tuple = kind.ordered and not kind.by_id
    return tuple(parsed.values()) if is_tuple else MappingProxyType(parsed)


def _enabled(kind: BookKind[object], entries: Entries) -> Iterator[tuple[str, Marked]]:
    for name, entry in entries.items():
        fields = _fields(kind, entry)
        if not fields.has("enabled") or fields.flag("enabled"):
            yield name, entry


def _fields(kind: BookKind[object], entry: Marked) -> Fields:
    name = Fields(entry, kind.one, None).take(kind.id_key).value
    return Fields(entry, f"{kind.one} {name}", (kind.id_key, "enabled", *kind.keys))


def _version(layer: Layer) -> str:
    said = [[kind, [plain(one) for one in entries.values()]] for kind, entries in layer.items()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
