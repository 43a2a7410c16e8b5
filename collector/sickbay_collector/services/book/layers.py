"""Entries of documents, and how those of one place go over those of another.

An entry with an id that is there already replaces the keys that it names; `enabled: false` leaves
the entry out. Entries that a later place adds stand before those of the earlier one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked, merged
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.all_kinds import ALL_KINDS, RULES
from sickbay_collector.services.book.categories import CATEGORIES, default_entries
from sickbay_collector.services.book.kind import Entries, EntryKind, Layer
from sickbay_collector.services.marked_yaml import DOCUMENT, pack_files, read_marked, site_files
from sickbay_collector.services.rulebook import rule_entries

MAX_ENTRIES = 10_000
"""Of all kinds together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders of a site's files; the later ones go over the earlier."""

    rules: Path
    sla: Path
    desk: Path


def default_layer() -> Layer:
    """Return what this package ships."""
    layer = document_layer(
        read_marked(file, "document") for folder in ("desk", "sla") for file in pack_files(folder)
    )
    layer[CATEGORIES.name] = default_entries()
    layer[RULES.name] = rule_entries(pack_files("rules"))
    return layer


def file_layer(places: Places) -> Layer:
    """Return what a site's files say. A folder that is not there counts as empty.

    Raises:
        InvalidError: A file is wrong; the message names it, the line and the key.
    """
    layer = empty_layer()
    layer[RULES.name] = rule_entries(site_files(places.rules, "rule"))
    for folder in (places.sla, places.desk):
        layer = laid_over(layer, folder_layer(folder))
    return layer


def folder_layer(folder: Path) -> Layer:
    """Return what the documents of a folder say; nothing where it is not there.

    Raises:
        InvalidError: A file is wrong; the message names it, the line and the key.
    """
    files = site_files(folder, "configuration")
    return document_layer(read_marked(file, "document", DOCUMENT) for file in files)


def empty_layer() -> Layer:
    """Return a layer that says nothing."""
    return {name: {} for name in ALL_KINDS}


def document_layer(documents: Iterable[Marked | None]) -> Layer:
    """Return the entries of documents, which may not name one twice.

    Raises:
        InvalidError: One is no document, has an unknown kind, an entry has no valid id, or there
            are too many.
    """
    layer, count = empty_layer(), 0
    for document in documents:
        if document is None:
            continue
        fields = Fields(document, "document", tuple(ALL_KINDS))
        for name in fields.keys():  # noqa: SIM118 - a method of Fields, which is no mapping
            _collect(fields, ALL_KINDS[name], layer[name])
        count = sum(len(entries) for entries in layer.values())
        if count > MAX_ENTRIES:
            raise wrong(
                document.where, "document", f"entry {count}; at most {MAX_ENTRIES} are allowed"
            )
    return layer


def laid_over(base: Layer, over: Layer) -> Layer:
    """Return the entries of `base` with those of `over` merged into and put before them."""
    return {name: _merged(base[name], over[name]) for name in base}


def _merged(base: Entries, over: Entries) -> Entries:
    added = {name: entry for name, entry in over.items() if name not in base}
    changed = {
        name: merged(entry, over[name]) if name in over else entry for name, entry in base.items()
    }
    return added | changed


def _collect(fields: Fields, kind: EntryKind, into: Entries) -> None:
    """Add the entries of a list; none of them may be there twice."""
    items = fields.take(kind.name).value
    if not isinstance(items, tuple):
        raise fields.error(
            kind.name,
            f'must be a list of entries that begin with "- {kind.id_key}:", not {shown(items)}',
        )
    for entry in items:
        name = entry_id(kind, entry)
        if name in into:
            first = into[name].where
            raise wrong(entry.where, f"{kind.one} {name}", f"is there already, at {first}")
        into[name] = entry


def entry_id(kind: EntryKind, entry: Marked) -> str:
    """Return the id of an entry.

    Raises:
        InvalidError: There is none, or it is written wrong.
    """
    return Fields(entry, kind.name, None).text(
        kind.id_key, pattern=kind.id_pattern, means=kind.id_means
    )


def require_kind(name: str) -> EntryKind:
    """Return a kind by its name.

    Raises:
        InvalidError: There is none; the message names those there are.
    """
    if name not in ALL_KINDS:
        raise InvalidError(f"kind {shown(name)} is unknown; there are: {', '.join(ALL_KINDS)}")
    return ALL_KINDS[name]
