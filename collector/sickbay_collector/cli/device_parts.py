"""What the parts of a device's page are made of."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.words import number_of, record_of, records_of, text_of


class Part(NamedTuple):
    """A titled part of the page."""

    title: str
    content: RenderableType


def grid(*, columns: int, wide: int, right: tuple[int, ...] = ()) -> Table:
    """Return a table without lines whose column `wide` takes the space that is left."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for place in range(columns):
        table.add_column(
            justify="right" if place in right else "left",
            no_wrap=place != wide,
            overflow="fold" if place == wide else "ellipsis",
        )
    return table


def named(rows: Iterable[tuple[str, str]]) -> Table:
    """Return values behind their names, without those that are empty."""
    table = grid(columns=2, wide=1)
    for name, value in rows:
        if value:
            table.add_row(Text(name, style="dim"), Text(value))
    return table


def joined(*parts: str) -> str:
    """Return the parts that are not empty, with dots between."""
    return " · ".join(part for part in parts if part)


def section(device: Record, kind: str) -> Record:
    """Return a section of the inventory; an empty one where it is missing."""
    found = (one for one in records_of(device, "sections") if one.get("kind") == kind)
    return next(found, {})


def rows_of(device: Record, kind: str) -> dict[str, Record]:
    """Return a section's rows by name, without those that only say why something is missing."""
    rows = record_of(section(device, kind), "rows")
    return {name: row for name, row in rows.items() if isinstance(row, dict) and "topic" not in row}


def readings_of(device: Record) -> Mapping[str, dict[str, float]]:
    """Return the newest readings: metric -> instance -> value."""
    found: dict[str, dict[str, float]] = {}
    for reading in records_of(device, "readings"):
        value = number_of(reading, "value")
        if value is not None:
            instances = found.setdefault(text_of(reading, "metric"), {})
            instances[text_of(reading, "instance")] = value
    return found
