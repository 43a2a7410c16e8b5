"""What a rule is parsed from: plain values that know where they were written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | tuple["Marked", ...] | Mapping[str, "Marked"] | None
Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A value and its place."""

    value: Value
    where: str
    """"file:line"; of a mapping's entry the line of its key."""


def merged(base: Marked, over: Marked) -> Marked:
    """Return the entry `base` with the keys of `over` in place of its own.

    A key that `over` sets to null is taken away, as in RFC 7396.
    """
    if not isinstance(base.value, Mapping) or not isinstance(over.value, Mapping):
        return over
    gone = {key for key, item in over.value.items() if item.value is None}
    both = {**base.value, **over.value}
    return replace(over, value={key: item for key, item in both.items() if key not in gone})


def plain(marked: Marked) -> Plain:
    """Return the value without places."""
    value = marked.value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
