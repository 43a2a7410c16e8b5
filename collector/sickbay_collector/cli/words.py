"""What the API says, in words: ages, dates and lines of bars."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sickbay_collector.cli.client import Json, Record
from sickbay_collector.core.words import span

NOTHING = "-"
"""Stands where there is no value."""

_BARS = "▁▂▃▄▅▆▇█"


def moment(value: Json) -> datetime | None:
    """Return a time of the API; None where there is none."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def ago(value: Json, *, now: datetime) -> str:
    """Return how long ago a time of the API is: "3 min ago"."""
    at = moment(value)
    if at is None:
        return "never"
    return f"{span(max(0.0, (now - at).total_seconds()))} ago"


def local(value: Json) -> str:
    """Return a time of the API on this machine's clock: "2026-11-21 14:03"."""
    at = moment(value)
    return NOTHING if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def epoch_date(value: Json) -> str:
    """Return the date of a number of seconds since 1970."""
    if not isinstance(value, (int, float)):
        return NOTHING
    return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d}"


def sparkline(
    points: Sequence[tuple[float, float]], *, length: float, reach: float, width: int
) -> str:
    """Return a line of bars between the lowest and highest value; blank where nothing was read.

    Args:
        points: When, from 0 to before `length`, in order; and the value.
        length: Of the whole line.
        reach: For how long a value holds, unless the next one comes before.
        width: Characters.
    """
    if not points:
        return ""
    cells: list[float | None] = [None] * width
    ends = [*(at for at, _ in points[1:]), length]
    for (at, value), end in zip(points, ends, strict=True):
        first = int(at * width / length)
        until = math.ceil(min(end, at + reach) * width / length)
        for place in range(first, max(first + 1, min(until, width))):
            before = cells[place]
            cells[place] = value if before is None else max(before, value)
    return "".join(_bars(cells))


def _bars(cells: Sequence[float | None]) -> Iterator[str]:
    values = [value for value in cells if value is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    for value in cells:
        yield " " if value is None else _BARS[round((value - low) * scale)]


def plain_cell(value: Json) -> str:
    """Return a value of the API as plain text; "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def text_of(record: Record, field: str) -> str:
    """Return a text field; "" where it is missing."""
    value = record.get(field)
    return value if isinstance(value, str) else ""


def number_of(record: Record, field: str) -> float | None:
    """Return a number field; None where it is missing."""
    value = record.get(field)
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def records_of(record: Record, field: str) -> list[Record]:
    """Return a field that holds objects; none where it is missing."""
    value = record.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def record_of(record: Record, field: str) -> Record:
    """Return a field that holds an object; an empty one where it is missing."""
    value = record.get(field)
    return value if isinstance(value, dict) else {}
