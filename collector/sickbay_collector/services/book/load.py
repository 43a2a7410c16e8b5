"""Loading the desk book: the default set of this package, and a site's files over it.

An entry with an id that is there already replaces the keys that it names; `enabled: false` leaves
the entry out. Entries that a site adds stand before those of the package.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked, merged, plain
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.sla_policy import NO_PROMISES, SlaBook
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.kind import BookKind, Entries, Known, Layer
from sickbay_collector.services.book.kinds import KINDS
from sickbay_collector.services.marked_yaml import pack_files, read_marked, site_files


def load_book(directories: Iterable[Path], *, sla: SlaBook = NO_PROMISES) -> DeskBook:
    """Return the default set with what these directories say over it, in this order.

    A directory that is not there counts as empty. Its files are those named `*.yaml`, in order of
    their names.

    Args:
        directories: Where a site's files are.
        sla: What is promised; it becomes part of the book.

    Raises:
        InvalidError: A file or entry is wrong; the message names file, line and key.
    """
    found = read_layer(pack_files("desk"))
    for directory in directories:
        found = laid_over(found, read_layer(site_files(directory, "desk")))
    return parse_book(found, sla=sla)


def read_layer(files: Sequence[Traversable]) -> Layer:
    """Return the entries of files, which may not name one twice.

    Raises:
        InvalidError: A file is no document, has an unknown kind, or an entry has no valid id.
    """
    layer: Layer = {kind.name: {} for kind in KINDS}
    for file in files:
        content = read_marked(file, "document")
        if content is None:
            continue
        fields = Fields(content, "document", tuple(layer))
        for kind in KINDS:
            if fields.has(kind.name):
                _collect(fields, kind, layer[kind.name])
    return layer


def laid_over(base: Layer, over: Layer) -> Layer:
    """Return the entries of `base` with those of `over` merged into and put before them."""
    return {name: _merged_entries(base[name], over[name]) for name in base}


def parse_book(layer: Layer, *, sla: SlaBook) -> DeskBook:
    """Return the book of these entries.

    Raises:
        InvalidError: An entry is wrong or names one that is not there.
    """
    live = {kind.name: dict(_enabled(kind, layer[kind.name])) for kind in KINDS}
    known = Known(live)
    made: dict[str, object] = {}
    for kind in KINDS:
        if len(live[kind.name]) > kind.most:
            raise InvalidError(
                f"there are {len(live[kind.name])} {kind.name}; at most {kind.most} are allowed"
            )
        parsed = {
            name: kind.parse(_fields(kind, entry), known) for name, entry in live[kind.name].items()
        }
        made[kind.name] = tuple(parsed.values()) if kind.ordered else MappingProxyType(parsed)
    # The registry says of each field of the book how it is made; no type can.
    book = DeskBook(version=_version(live, sla), sla=sla, **made)  # type: ignore[arg-type]
    for kind in KINDS:
        if kind.check is not None:
            kind.check(book, live[kind.name])
    return book


def _merged_entries(base: Entries, over: Entries) -> Entries:
    added = {name: entry for name, entry in over.items() if name not in base}
    changed = {
        name: merged(entry, over[name]) if name in over else entry for name, entry in base.items()
    }
    return added | changed


def _collect(fields: Fields, kind: BookKind[object], into: Entries) -> None:
    """Add the entries of a list; none of them may be there twice."""
    items = fields.take(kind.name).value
    if not isinstance(items, tuple):
        raise fields.error(
            kind.name,
            f'must be a list of entries that begin with "- {kind.id_key}:", not {shown(items)}',
        )
    for entry in items:
        name = Fields(entry, kind.name, None).text(
            kind.id_key, pattern=kind.id_pattern, means=kind.id_means
        )
        if name in into:
            first = into[name].where
            raise wrong(entry.where, f"{kind.one} {name}", f"is there already, at {first}")
        into[name] = entry


def _enabled(kind: BookKind[object], entries: Entries) -> Iterator[tuple[str, Marked]]:
    for name, entry in entries.items():
        fields = _fields(kind, entry)
        if not fields.has("enabled") or fields.flag("enabled"):
            yield name, entry


def _fields(kind: BookKind[object], entry: Marked) -> Fields:
    name = Fields(entry, kind.one, None).take(kind.id_key).value
    return Fields(entry, f"{kind.one} {name}", (kind.id_key, "enabled", *kind.keys))


def _version(live: Mapping[str, Entries], sla: SlaBook) -> str:
    said = [[kind, [plain(entry) for entry in entries.values()]] for kind, entries in live.items()]
    return hashlib.sha256(json.dumps([said, sla.version]).encode()).hexdigest()
