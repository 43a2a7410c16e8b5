"""A device's readings over time: a line a metric, or a row a point."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.output import (
    Column,
    column_widths,
    make_console,
    print_csv,
    print_table,
)
from sickbay_collector.cli.words import number_of, records_of, sparkline, text_of
from sickbay_collector.core.words import quantity, span

_POINTS = (
    Column(title="Metric", field="metric"),
    Column(title="Instance", field="instance"),
    Column(title="At", field="at"),
    Column(title="Mean", field="mean"),
    Column(title="Low", field="low"),
    Column(title="High", field="high"),
    Column(title="Count", field="count"),
)
_NUMBERS = ("First", "Low", "Mean", "High", "Last")
# Where space is short the line says what these do.
_LESS = frozenset({"First", "Mean"})
_SERIES = (
    Column(title="Metric", field="metric"),
    Column(title="Instance", field="instance", wide=True),
    *(Column(title=title, field="", right=True, extra=title in _LESS) for title in _NUMBERS),
    Column(title="", field="points", wide=True),
)
_ROLLED = {
    "hour": "Summed up by hour: First is the mean of the first hour.",
    "day": "Summed up by day: First is the mean of the first day.",
}
_SPARK_WIDTH = 32
# Readings further apart than this many times the usual have a gap between them.
_GAP = 1.5


def show(history: Record, since: datetime, until: datetime) -> None:
    """Print a line for each series."""
    length_s = (until - since).total_seconds()
    series = records_of(history, "series")
    numbers = [_row(one) for one in series]
    width = _line_width(numbers)
    rows = [
        (*row, _spark(one, since, length_s, width))
        for row, one in zip(numbers, series, strict=True)
    ]
    print_table(_SERIES, rows, nothing=f"no readings of these in the last {span(length_s)}")
    note = _ROLLED.get(text_of(history, "resolution"))
    if rows and note:
        make_console().print(note)


def show_csv(history: Record) -> None:
    """Print a row for each point."""
    print_csv(
        _POINTS,
        [
            {"metric": one.get("metric"), "instance": one.get("instance"), **point}
            for one in records_of(history, "series")
            for point in records_of(one, "points")
        ],
    )


def _line_width(rows: Sequence[tuple[str, ...]]) -> int:
    """Return the room for the line: a cut one would lose its end, which is the present."""
    longest = "x" * _SPARK_WIDTH
    full = [(*row, longest) for row in rows]
    return column_widths(_SERIES, full, width=make_console().width)[len(_SERIES) - 1]


def _row(series: Record) -> tuple[str, ...]:
    points, unit = records_of(series, "points"), text_of(series, "unit")
    count = sum(number_of(point, "count") or 0.0 for point in points)
    total = sum(_number(point, "mean") * _number(point, "count") for point in points)
    numbers = (
        _number(series, "first"),
        min((_number(point, "low") for point in points), default=0.0),
        total / count if count else 0.0,
        max((_number(point, "high") for point in points), default=0.0),
        _number(series, "last"),
    )
    return (
        text_of(series, "metric"),
        text_of(series, "instance"),
        *(quantity(number, unit) for number in numbers),
    )


def _spark(series: Record, since: datetime, length_s: float, width: int) -> str:
    points = records_of(series, "points")
    placed = []
    for point in points:
        at_s = (datetime.fromisoformat(text_of(point, "at")) - since).total_seconds()
        placed.append((min(max(at_s, 0.0), length_s * (1 - 1e-9)), _number(point, "mean")))
    apart = [after - before for (before, _), (after, _) in pairwise(placed)]
    usual_s = number_of(series, "bucket_s") or median(apart or [length_s])
    return sparkline(placed, length=length_s, reach=_GAP * usual_s, width=width)


def _number(record: Record, field: str) -> float:
    return number_of(record, field) or 0.0
