"""What applying documents would change: entries compared as they are and as they would be.

What documents say is kept only where it differs from the files and the defaults; an entry that
says the same changes nothing, so that a second time there is nothing to do.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sickbay_collector.core.alerts.source import Marked, merged, plain
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.kind import Entries, Layer, marked
from sickbay_collector.services.book.layers import empty_layer, laid_over, require_kind
from sickbay_collector.services.config_ports import ConfigEntry

Key = tuple[str, str]
"""Kind and id."""

HIDDEN = "(hidden)"
"""Stands for a secret in a diff and in the audit."""


_TAG_CHARS = 32


class Change(StrEnum):
    """What happens to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    ORDERED = "ordered"
    """The entries of a kind stand in another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A key of an entry before and after."""

    key: str
    before: str | None
    """As JSON; None where the key is not there."""
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """An entry before and after."""

    kind: str
    id: str
    """"" for the order of a kind."""
    change: Change
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be applied."""

    layer: Layer = field(default_factory=empty_layer)
    remove: frozenset[Key] = frozenset()
    """Applied entries to take away."""
    prune: bool = False
    """Whether all applied entries go that the layer does not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change, and what would be in force then."""

    changes: tuple[EntryChange, ...]
    unchanged: int
    """Entries of the documents that say what is in force already."""
    applied: Layer
    """The applied entries then."""
    before: Layer
    """All entries that are in force."""
    layer: Layer
    """All entries then."""


def make_plan(base: Layer, stored: Sequence[ConfigEntry], wanted: Wanted) -> Plan:
    """Return what applying would change.

    Args:
        base: The defaults with the files over them.
        stored: What is applied now.
        wanted: What is to be applied.

    Raises:
        InvalidError: An entry is to be removed and applied at once.
        NotFoundError: An entry that is to be removed was not applied.
    """
    applied = applied_layer(stored)
    before = laid_over(base, applied)
    kept = _kept(applied, wanted)
    for kind, entries in wanted.layer.items():
        for name, entry in entries.items():
            _lay(kept[kind], name, entry, base[kind].get(name), before[kind].get(name))
        if ALL_KINDS[kind].ordered:
            own = [name for name in entries if name in kept[kind] and name not in base[kind]]
            kept[kind] = _in_order(kept[kind], own, set(applied[kind]))
    after = laid_over(base, kept)
    changes = tuple(_changes(before, after))
    touched = {(change.kind, change.id) for change in changes}
    said = {(kind, name) for kind, entries in wanted.layer.items() for name in entries}
    return Plan(
        changes=changes, unchanged=len(said - touched), applied=kept, before=before, layer=after
    )


def applied_layer(stored: Sequence[ConfigEntry]) -> Layer:
    """Return applied entries as a layer.

    Raises:
        InvalidError: One is of a kind that this program does not know.
    """
    layer = empty_layer()
    for one in stored:
        require_kind(one.kind)
        layer[one.kind][one.id] = marked(json.loads(one.text), f"applied {one.kind}/{one.id}")
    return layer


def canonical(entry: Marked) -> str:
    """Return an entry as text that is the same for the same values.

    Raises:
        InvalidError: It holds a number that JSON does not have.
    """
    try:
        return json.dumps(plain(entry), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise InvalidError(f"{entry.where}: holds a number that is infinite or none") from None


def entry_tag(entry: Marked) -> str:
    """Return a short text that is the same for the same values of an entry."""
    return hashlib.sha256(canonical(entry).encode()).hexdigest()[:_TAG_CHARS]


def _kept(applied: Layer, wanted: Wanted) -> Layer:
    """Return what stays of the applied entries."""
    for kind, name in sorted(wanted.remove):
        require_kind(kind)
        if name in wanted.layer[kind]:
            raise InvalidError(f"{kind}/{name}: is to be removed and applied at once")
        if name not in applied[kind]:
            raise NotFoundError(f"{kind}/{name} was not applied, so it cannot be removed")
    return {
        kind: {
            name: entry
            for name, entry in entries.items()
            if (kind, name) not in wanted.remove
            and (not wanted.prune or name in wanted.layer[kind])
        }
        for kind, entries in applied.items()
    }


def _lay(
    kept: Entries, name: str, entry: Marked, base: Marked | None, before: Marked | None
) -> None:
    """Keep an entry if it changes what is in force, and only while it differs from the base."""
    after = canonical(entry if base is None else merged(base, entry))
    if before is not None and after == canonical(before):
        return
    if base is not None and after == canonical(base):
        kept.pop(name, None)
    else:
        kept[name] = entry


def _in_order(kept: Entries, own: Sequence[str], old: Collection[str]) -> Entries:
    """Return the entries in an order in which `own` follow each other as they are said.

    What is there already stays where it is unless that contradicts; what is new comes behind the
    one that it follows, or first.
    """
    order = [name for name in kept if name in old]
    known = [name for name in own if name in order]
    if [name for name in order if name in known] != known:
        order = [*known, *(name for name in order if name not in known)]
    behind = 0
    for name in own:
        if name not in order:
            order.insert(behind, name)
        behind = order.index(name) + 1
    rest = [name for name in kept if name not in order]
    return {name: kept[name] for name in (*order, *rest)}


def _changes(before: Layer, after: Layer) -> Iterator[EntryChange]:
    for kind in ALL_KINDS:
        old, new = before[kind], after[kind]
        for name in (*new, *(name for name in old if name not in new)):
            changed = field_changes(old.get(name), new.get(name))
            fields = tuple(_hidden(one, ALL_KINDS[kind].secrets) for one in changed)
            if fields:
                change = Change.CHANGED if name in old else Change.ADDED
                change = change if name in new else Change.REMOVED
                yield EntryChange(kind=kind, id=name, change=change, fields=fields)
        if ALL_KINDS[kind].ordered:
            yield from _order_change(kind, old, new)


def _order_change(kind: str, old: Entries, new: Entries) -> Iterator[EntryChange]:
    was, now = [name for name in old if name in new], [name for name in new if name in old]
    if was != now:
        moved = FieldChange(key="order", before=json.dumps(was), after=json.dumps(now))
        yield EntryChange(kind=kind, id="", change=Change.ORDERED, fields=(moved,))


def field_changes(old: Marked | None, new: Marked | None) -> Iterator[FieldChange]:
    """Yield the keys in which two entries differ; None for one that is not there."""
    before, after = _texts(old), _texts(new)
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield FieldChange(key=key, before=before.get(key), after=after.get(key))


def _hidden(change: FieldChange, secrets: Collection[str]) -> FieldChange:
    """Return the change of a secret without its values."""
    if change.key not in secrets:
        return change
    return replace(change, before=change.before and HIDDEN, after=change.after and HIDDEN)


def _texts(entry: Marked | None) -> Mapping[str, str]:
    if entry is None or not isinstance(entry.value, Mapping):
        return {}
    return {
        key: json.dumps(plain(item), ensure_ascii=False, sort_keys=True)
        for key, item in entry.value.items()
    }
