"""Values in words: sizes, shares, durations and units, as short as they can be read."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

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
