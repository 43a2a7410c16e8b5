"""What a kind of configuration is, and what its parser is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sickbay_collector.core.alerts.fields import Fields, hint, shown, wrong
from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.desk.book import DeskBook

Entries = dict[str, Marked]
"""The entries of a kind by id, in order."""
Layer = dict[str, Entries]
"""The entries of all kinds that one place says, by kind."""

ID = r"[a-z][a-z0-9_-]{0,31}"
ID_MEANS = "1 to 32 of a-z, 0-9, _ and -, beginning with a letter"
LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,160}"
LINE_MEANS = "one line of at most 160 characters"
MAX_ITEMS = 100
"""Of a list inside an entry."""
# More names would make the message unreadable.
_NAMED = 20

_Value_co = TypeVar("_Value_co", covariant=True)


class Known:
    """All entries of all kinds, for references between them.

    Args:
        layer: What is in force, switched-off entries left out.
        today: Public holidays are worked out around it.
    """

    def __init__(self, layer: Layer, today: date) -> None:
        self._layer = layer
        self.today = today

    def entry(self, kind: str, name: str) -> Mapping[str, Marked]:
        """Return the keys of an entry; none where it is not there."""
        found = self._layer.get(kind, {}).get(name)
        return found.value if found is not None and isinstance(found.value, Mapping) else {}

    def one(self, fields: Fields, key: str, kind: str) -> str:
        """Return the id that a key names, of an entry of this kind; "" where the key is absent.

        Raises:
            InvalidError: There is no such entry; the message names file, line and key.
        """
        return self.check(fields, key, fields.take(key), kind) if fields.has(key) else ""

    def some(self, fields: Fields, key: str, kind: str) -> tuple[str, ...]:
        """Return the ids that the list of a key names; none where the key is absent.

        Raises:
            InvalidError: It is no list, or names something that is not there or twice.
        """
        names: list[str] = []
        for item in items(fields, key):
            name = self.check(fields, key, item, kind)
            if name in names:
                raise wrong(item.where, fields.subject, f"{key}: {name!r} is there twice")
            names.append(name)
        return tuple(names)

    def check(self, fields: Fields, key: str, item: Marked, kind: str) -> str:
        """Return the id that a value names, of an entry of this kind.

        Raises:
            InvalidError: There is no such entry.
        """
        known, value = self._layer.get(kind, {}), item.value
        if isinstance(value, str) and value in known:
            return value
        guess = hint(value, known) if isinstance(value, str) else ""
        named = f"; there are: {', '.join(known)}" if 0 < len(known) <= _NAMED else ""
        raise wrong(
            item.where, fields.subject, f"{key}: {kind} has no {shown(value)}{guess}{named}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKind:
    """One kind of entries, as documents have it."""

    name: str
    """Its key in a document."""
    one: str
    """What messages call an entry: "technician"."""
    id_key: str = "id"
    id_pattern: str = ID
    id_means: str = ID_MEANS
    ordered: bool = False
    """Whether the order of the entries counts."""
    secrets: tuple[str, ...] = ()
    """Keys whose values neither a diff nor the audit shows."""
    most: int = 1000
    """How many entries there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookKind(EntryKind, Generic[_Value_co]):
    """A kind of entries that is a field of `DeskBook` of the same name.

    The field of an ordered kind is a tuple unless it says otherwise, and of any other a mapping.
    """

    keys: tuple[str, ...]
    """Keys of an entry beside its id and `enabled`."""
    parse: Callable[[Fields, Known], _Value_co]
    """Returns the value of an entry, and refuses what is written wrong or names what is absent."""
    by_id: bool = False
    """Whether the field of an ordered kind is a mapping, in the order of the entries."""
    check: Callable[[DeskBook, Entries], None] | None = None
    """Refuses what only the whole book shows; None where there is no such thing."""


def items(fields: Fields, key: str, *, most: int = MAX_ITEMS) -> tuple[Marked, ...]:
    """Return the items of a list; none where the key is absent.

    Raises:
        InvalidError: It is no list, or longer than allowed.
    """
    value = fields.take(key).value if fields.has(key) else ()
    if not isinstance(value, tuple) or len(value) > most:
        raise fields.error(key, f"must be a list of at most {most} items, not {_said(value)}")
    return value


def lines(fields: Fields, key: str) -> tuple[str, ...]:
    """Return the sentences of a list; none where the key is absent.

    Raises:
        InvalidError: It is no list, or an item is not one line of text.
    """
    return tuple(
        Fields(Marked(value={key: item}, where=item.where), fields.subject, None).text(
            key, pattern=LINE, means=f"a list, each item {LINE_MEANS}"
        )
        for item in items(fields, key)
    )


def line(fields: Fields, key: str, default: str = "") -> str:
    """Return a line of text; the default where the key is absent.

    Raises:
        InvalidError: It is not one line of at most 160 characters.
    """
    return fields.text(key, pattern=LINE, means=LINE_MEANS) if fields.has(key) else default


def _said(value: object) -> str:
    return f"{len(value)}" if isinstance(value, tuple) else shown(value)


def marked(value: Plain, where: str) -> Marked:
    """Return a plain value whose parts all have one place."""
    if isinstance(value, dict):
        return Marked(value={key: marked(item, where) for key, item in value.items()}, where=where)
    if isinstance(value, list):
        return Marked(value=tuple(marked(item, where) for item in value), where=where)
    return Marked(value=value, where=where)
