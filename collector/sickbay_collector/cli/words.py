"""Values in words: sizes, shares, ages and the unit of a metric, as short as they can be read."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from sickbay_collector.cli.client import Json, Record

NOTHING = "-"
"""Stands where there is no value."""

_BARS = "▁▂▃▄▅▆▇█"
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DAY_S = 86400.0


def size(value: float) -> str:
    """Return bytes in the largest unit that leaves at least 1: "15.6 GiB"."""
    step = 0 if value < 1 else min(len(_SIZES) - 1, int(math.log(value, 1024) + 1e-9))
    scaled = value / 1024**step
    return (
        f"{scaled:.0f} {_SIZES[step]}"
        if step == 0 or scaled >= 100
        else f"{scaled:.1f} {_SIZES[step]}"
    )


def percent(ratio: float) -> str:
    """Return a share in percent: "4.2 %", "87 %"."""
    hundredths = 100 * ratio
    return f"{hundredths:.1f} %" if 0 < abs(hundredths) < 10 else f"{hundredths:.0f} %"


def span(seconds: float) -> str:
    """Return a duration in its two largest units: "3 d 4 h", "12 min"."""
    if seconds < 1:
        return f"{seconds:.2f} s" if seconds > 0 else "0 s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} min"
    if seconds < 2 * _DAY_S:
        return _two(seconds // 3600, "h", seconds % 3600 // 60, "min")
    days, rest = divmod(seconds, _DAY_S)
    return _two(days, "d", rest // 3600 if days < 14 else 0, "h")


def _two(large: float, large_unit: str, small: float, small_unit: str) -> str:
    return f"{large:.0f} {large_unit}" + (f" {small:.0f} {small_unit}" if small else "")


def quantity(value: float, unit: str) -> str:
    """Return a metric's value with its unit."""
    if unit in _IN_UNITS:
        return _IN_UNITS[unit](value)
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"
    return number if unit in _BARE_UNITS else f"{number} {unit}"


# Their metric's name says what is counted.
_BARE_UNITS = frozenset({"count", "tasks", "bits", "level", ""})
_IN_UNITS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "ratio": percent,
        "%": lambda value: percent(value / 100),
        "bytes": size,
        "seconds": span,
        "flag": lambda value: "yes" if value else "no",
        "celsius": lambda value: f"{value:.0f} °C",
        "hours": lambda value: f"{value:,.0f} h",
        "points": lambda value: f"{value:.1f}",
    }
)


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
