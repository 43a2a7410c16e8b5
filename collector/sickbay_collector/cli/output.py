"""How commands print: tables for people, JSON and CSV for programs.

JSON is what the API answered, so it is as stable as the API. Colour follows the terminal and
NO_COLOR.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.cli.words import plain_cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. CSV has the plain value of the field instead of the cell."""

    title: str
    field: str
    right: bool = False
    wide: bool = False
    """Whether it is cut where space is short."""
    extra: bool = False
    """Whether it is left out where space is shorter still; the last one goes first."""


Cell: TypeAlias = str | Text

_GAP = 2
# A wide column is not cut further: what is left would say nothing.
_NARROWEST = 8
# Narrower terminals and pipes: what most terminals have at least.
_PIPE_WIDTH = 120


def make_console() -> Console:
    """Return a console on standard output; a pipe gets lines of 120 columns."""
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_json(value: Json) -> None:
    """Print a value as JSON, indented, in the order of the API."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_csv(columns: Sequence[Column], items: Iterable[Record]) -> None:
    """Print the fields of the columns as CSV with a header.

    Source: RFC 4180.
    """
    writer = csv.writer(sys.stdout)
    writer.writerow([column.field for column in columns])
    for item in items:
        writer.writerow([_csv_cell(item.get(column.field)) for column in columns])


def make_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int) -> Table:
    """Return a table that fits a width: wide columns are cut, extra ones left out.

    Text from devices is shown as it is, never as markup.
    """
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    shown = column_widths(columns, rows, width=width)
    for place, room in shown.items():
        table.add_column(
            Text(columns[place].title),
            justify="right" if columns[place].right else "left",
            width=room,
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in rows:
        cells = (row[place] for place in shown)
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return table


def column_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int
) -> dict[int, int]:
    """Return the characters for each column that has room, by its place."""
    shown = _shown(columns, rows, width)
    return dict(zip(shown, _widths(shown, columns, rows, width), strict=True))


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, nothing: str) -> None:
    """Print a table, or in words that there is nothing."""
    console = make_console()
    console.print(make_table(columns, rows, width=console.width) if rows else nothing)


def print_items(
    found: Json,
    columns: Sequence[Column],
    items: Sequence[Record],
    row: Callable[[Record], Sequence[Cell]],
    *,
    output: str,
    nothing: str,
) -> None:
    """Print what the API listed.

    Args:
        found: The API's answer, as JSON has it.
        columns: Of the table and of CSV.
        items: What is listed.
        row: Makes the cells of one.
        output: "table", "json" or "csv".
        nothing: What a table's reader is told where there are none.
    """
    if output == "json":
        print_json(found)
    elif output == "csv":
        print_csv(columns, items)
    else:
        print_table(columns, [row(item) for item in items], nothing=nothing)


def _shown(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> Sequence[int]:
    """Return the places of the columns for which there is room."""
    shown = list(range(len(columns)))
    while True:
        needed = sum(
            min(_natural(columns, rows, place), _NARROWEST if columns[place].wide else width)
            for place in shown
        )
        extra = [place for place in shown if columns[place].extra]
        if needed + _GAP * (len(shown) - 1) <= width or not extra:
            return shown
        shown.remove(extra[-1])


def _widths(
    shown: Sequence[int], columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int
) -> Sequence[int]:
    """Return the columns' widths: the widest of the wide ones give way first."""
    widths = {place: _natural(columns, rows, place) for place in shown}
    over = sum(widths.values()) + _GAP * (len(shown) - 1) - width
    wide = [place for place in shown if columns[place].wide]
    while over > 0 and wide:
        widest = max(wide, key=lambda place: widths[place])
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
        over -= 1
    return list(widths.values())


def _natural(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], place: int) -> int:
    return max(cell_len(columns[place].title), *(cell_len(str(row[place])) for row in rows), 1)


def _csv_cell(value: Json) -> str:
    text = plain_cell(value)
    # A spreadsheet takes these for the beginning of a formula.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and _is_text(value) else text


def _is_text(value: Json) -> bool:
    return isinstance(value, str)
