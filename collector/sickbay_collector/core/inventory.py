"""Inventory sections as plain facts and keyed rows, and the difference of two versions.

A section version is content-addressed: equal content has one hash, whichever device it came from.
The dated versions of a device are its inventory history; the difference of two neighbours is its
change log.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool
Row: TypeAlias = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionContent:
    """One section's content."""

    kind: str
    """Lower case name of the section kind: "system", "software"."""
    facts: Row
    """What a device has once: "model" -> "ThinkPad"."""
    rows: Mapping[str, Row]
    """What it has many of, by natural key: "bash" -> {"version": "5.2"}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionVersion:
    """A section of a device during a span of time."""

    kind: str
    hash: bytes
    since: datetime
    until: datetime | None
    """None for the present one."""


class ChangeKind(StrEnum):
    """What happened to a path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a device's change log."""

    at: datetime
    section: str
    kind: ChangeKind
    path: str
    """The row's key, and the field behind a slash where a field changed: "bash/version"."""
    old: str
    """"" where there was nothing."""
    new: str
    """"" where there is nothing."""


def diff(old: SectionContent, new: SectionContent, *, at: datetime) -> tuple[Change, ...]:
    """Return what changed between two versions of a section, in the order of paths."""
    changes = [
        *_field_changes(old.kind, "", old.facts, new.facts, at),
        *_row_changes(old, new, at),
    ]
    return tuple(sorted(changes, key=lambda change: change.path))


def summary(row: Row) -> str:
    """Return the one value that names a row's state best: its version, its model, or all fields."""
    for name in ("version", "new_version", "model", "size_bytes", "addresses"):
        if name in row:
            return str(row[name])
    return ", ".join(f"{name}={value}" for name, value in sorted(row.items()))


def written(name: str, value: Scalar | None) -> str:
    """Return a value as text: "" for none, a moment for seconds since 1970.

    Args:
        name: Of the field; those of moments end in "_time".
        value: What a device sent.
    """
    if value is None:
        return ""
    if name.endswith("_time") and isinstance(value, int | float):
        with suppress(ValueError, OverflowError, OSError):
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(value)


def _row_changes(old: SectionContent, new: SectionContent, at: datetime) -> Iterator[Change]:
    for key in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.rows.get(key), new.rows.get(key)
        if before is None and after is not None:
            yield Change(
                at=at, section=new.kind, kind=ChangeKind.ADDED, path=key, old="", new=summary(after)
            )
        elif after is None and before is not None:
            yield Change(
                at=at,
                section=new.kind,
                kind=ChangeKind.REMOVED,
                path=key,
                old=summary(before),
                new="",
            )
        elif before is not None and after is not None and before != after:
            yield from _field_changes(new.kind, f"{key}/", before, after, at)


def _field_changes(section: str, prefix: str, old: Row, new: Row, at: datetime) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        # That a new version was installed later than the old one goes without saying.
        is_implied = name == "install_time" and old.get("version") != new.get("version")
        if before == after or is_implied:
            continue
        kind = (
            ChangeKind.ADDED
            if before is None
            else ChangeKind.REMOVED
            if after is None
            else ChangeKind.CHANGED
        )
        yield Change(
            at=at,
            section=section,
            kind=kind,
            path=prefix + name,
            old=written(name, before),
            new=written(name, after),
        )
