"""A health score explained: where the points went, what is unknown, what to do."""

from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli import paint
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_page import health_lines
from sickbay_collector.cli.output import Column, make_table
from sickbay_collector.cli.words import NOTHING, number_of, record_of, records_of, text_of
from sickbay_collector.core.words import percent, quantity

LEDGER = (
    Column(title="Points", field="points"),
    Column(title="Category", field="category"),
    Column(title="Key", field="key"),
    Column(title="Title", field="title"),
    Column(title="Value", field="value"),
    Column(title="Unit", field="unit"),
    Column(title="Threshold", field="threshold"),
    Column(title="Since", field="since"),
    Column(title="Remedy", field="remedy"),
)
# More findings than a device can have.
_ALL = 1000


def ledger_lines(score: Record) -> list[Record]:
    """Return the ledger with the findings' fields beside the points."""
    return [
        {"points": line.get("points"), **record_of(line, "finding")}
        for line in records_of(score, "ledger")
    ]


def print_score(console: Console, score: Record, *, now: datetime) -> None:
    """Print a score with its whole explanation.

    Args:
        console: Where to.
        score: What `/api/v1/devices/{id}/score` answered.
        now: The present time.
    """
    console.print(health_lines(score, lines=_ALL, now=now))
    console.print()
    axes = make_table(
        [Column(title=title, field="", right=right) for title, right in _AXES_COLUMNS],
        [_axis_row(axis) for axis in records_of(score, "axes")],
        width=console.width,
    )
    console.print(axes)
    console.print()
    console.print(_categories(score, console.width))
    for line in records_of(score, "ledger"):
        if record_of(line, "cap"):
            continue  # its finding has a line of its own
        finding = record_of(line, "finding")
        value, unit = number_of(finding, "value") or 0, text_of(finding, "unit")
        threshold = number_of(finding, "threshold") or 0
        console.print()
        console.print(Text(text_of(finding, "title"), style="bold"))
        console.print(
            Text(
                f"  {quantity(value, unit)}, costs points from {quantity(threshold, unit)}; "
                f"from {text_of(finding, 'source')}"
            )
        )
        console.print(Text(f"  {text_of(finding, 'remedy')}"))


_AXES_COLUMNS = (("Axis", False), ("Score", True), ("Between", True), ("Confidence", True))
_CATEGORY_COLUMNS = (
    ("Category", False),
    ("Penalty", True),
    ("Evidence", False),
    ("Confidence", True),
    ("Why", False),
)


def _axis_row(axis: Record) -> tuple[str, ...]:
    low, high = number_of(axis, "low") or 0, number_of(axis, "high") or 0
    return (
        text_of(axis, "axis"),
        _points(axis, "value"),
        f"{low:.0f} to {high:.0f}",
        percent(number_of(axis, "confidence") or 0),
    )


def _categories(score: Record, width: int) -> Table:
    rows = [
        (
            text_of(category, "category"),
            _points(category, "penalty"),
            paint.word(category.get("evidence")),
            percent(number_of(category, "confidence") or 0),
            text_of(category, "reason"),
        )
        for category in records_of(score, "categories")
    ]
    return make_table(
        [
            Column(title=title, field="", right=right, wide=title == "Why")
            for title, right in _CATEGORY_COLUMNS
        ],
        rows,
        width=width,
    )


def _points(record: Record, field: str) -> str:
    value = number_of(record, field)
    return NOTHING if value is None else f"{value:.0f}"
