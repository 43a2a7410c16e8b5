"""How commands print: tables for people, JSON and CSV for programs.

JSON is what the API answered, so it is as stable as the API. Colour follows the terminal and
NO_COLOR.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.cli.words import plain_cell


class OutputFormat(StrEnum):
    """What `-o` may say."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. CSV has the plain value of the field instead of the cell."""

    title: str
    field: str
    right: bool = False
    wide: bool = False
    """Whether it takes the space that is left, and is cut when there is none."""


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


def make_table(columns: Sequence[Column]) -> Table:
    """Return an empty table."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if column.wide else None,
        )
    return table


def add_row(table: Table, cells: Iterable[str | Text]) -> None:
    """Add a row; text from devices is shown as it is, never as markup."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def _csv_cell(value: Json) -> str:
    text = plain_cell(value)
    # A spreadsheet takes these for the beginning of a formula.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and _is_text(value) else text


def _is_text(value: Json) -> bool:
    return isinstance(value, str)
