"""Parsing the conditions of a rule: `{below: 5%}`, `{metric: ..., above: 14d}`, `all:`, `any:`."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sickbay_collector.core.alerts.condition import (
    EVENT_METRICS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Gone,
    Leaf,
    leaves,
)
from sickbay_collector.core.alerts.fields import (
    Fields,
    finite,
    parse_duration,
    shown,
    wrong,
)
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.metric import METRICS, Metric

MAX_PARTS = 8
MAX_DEPTH = 3
MAX_WITHIN_S = 7 * 86400.0
MAX_WITHIN_COUNT = 16
"""A window remembers 16 entries, so larger counts could not be told."""

_COMPARISONS = tuple(item.value for item in Comparison)
_LEAF_KEYS = ("metric", *_COMPARISONS, "within")
_KEYS = (*_LEAF_KEYS, "all", "any", "gone")
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?([kMGT]i?)?B")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?%")
_SIZES = MappingProxyType(
    {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    | {"ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
)
_RISING = frozenset({Comparison.ABOVE, Comparison.AT_LEAST})
_FALLING = frozenset({Comparison.BELOW, Comparison.AT_MOST})


def parse_condition(
    entry: Marked, subject: str, metric: str | None, *, gone: bool, depth: int = 1
) -> Condition:
    """Return the condition that is written there.

    Args:
        entry: The mapping.
        subject: What it belongs to, for messages: "rule disk.inodes: raise".
        metric: The metric where the condition names none; None where it must.
        gone: Whether `gone: true` may stand there.
        depth: How deep in `all` and `any` it stands, from 1.

    Raises:
        InvalidError: It is written wrong; the message names file, line and key.
    """
    fields = Fields(entry, subject, _KEYS)
    form = [key for key in ("all", "any", "gone") if fields.has(key)]
    if not form:
        return _leaf(fields, metric)
    if len(fields.keys()) > 1:
        raise fields.error(form[0], "must be the only key of its mapping")
    if form == ["gone"]:
        if not gone or not fields.flag("gone"):
            raise fields.error("gone", "stands only under clear, for drives or volumes, as true")
        return Gone()
    parts = _parts(fields, form[0], depth)
    found = tuple(
        parse_condition(part, subject, metric, gone=gone, depth=depth + 1) for part in parts
    )
    return AllOf(parts=found) if form == ["all"] else AnyOf(parts=found)


def check_band(raises: Condition, clears: Condition, where: str, subject: str) -> None:
    """Refuse conditions to raise and to clear that meet, because such an alert flaps.

    Raises:
        InvalidError: A metric's limits leave no band between them.
    """
    for up in leaves(raises):
        for down in leaves(clears):
            if up.metric == down.metric and _meet(up, down):
                raise wrong(
                    where,
                    subject,
                    f"clear: {down.comparison} {down.limit:g} of {down.metric} must leave a band to"
                    f" raise: {up.comparison} {up.limit:g}, or the alert flaps",
                )


def _meet(up: Leaf, down: Leaf) -> bool:
    if up.comparison in _RISING and down.comparison in _FALLING:
        return down.limit >= up.limit
    if up.comparison in _FALLING and down.comparison in _RISING:
        return down.limit <= up.limit
    return up.comparison is Comparison.IS and up == down


def _parts(fields: Fields, key: str, depth: int) -> tuple[Marked, ...]:
    parts = fields.take(key).value
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= MAX_PARTS:
        raise fields.error(key, f"must be a list of 1 to {MAX_PARTS} conditions")
    if depth >= MAX_DEPTH:
        raise fields.error(key, f"lists stand at most {MAX_DEPTH - 1} deep in each other")
    return parts


def _leaf(fields: Fields, metric: str | None) -> Leaf:
    name = fields.one_of("metric", METRICS) if fields.has("metric") else metric
    if name is None:
        raise wrong(fields.where, fields.subject, "names no metric, and neither does the rule")
    used = [key for key in _COMPARISONS if fields.has(key)]
    if len(used) != 1:
        raise wrong(
            fields.where,
            fields.subject,
            f"needs one of: {', '.join(_COMPARISONS)}; it has {', '.join(used) or 'none'}",
        )
    comparison = Comparison(used[0])
    limit = _limit(fields, comparison, METRICS[name])
    return Leaf(
        metric=name, comparison=comparison, limit=limit, within_s=_within(fields, name, limit)
    )


def _within(fields: Fields, metric: str, limit: float) -> float:
    if not fields.has("within"):
        return 0.0
    if metric not in EVENT_METRICS:
        raise fields.error("within", f"counts events; only for: {', '.join(sorted(EVENT_METRICS))}")
    if limit > MAX_WITHIN_COUNT:
        raise fields.error("within", f"counts at most {MAX_WITHIN_COUNT}, not {limit:g}")
    return fields.duration_s("within", MAX_WITHIN_S, low_s=60)


def _limit(fields: Fields, comparison: Comparison, metric: Metric) -> float:
    key = comparison.value
    value = fields.take(key).value
    if comparison is Comparison.ANY_BIT:
        return _mask(fields, metric)
    if comparison is Comparison.IS and metric.unit not in {"flag", "level"}:
        raise fields.error(key, f"is for flags; {metric.name} is measured in {metric.unit}")
    number = float(value) if isinstance(value, bool) and metric.unit == "flag" else None
    for read in _READERS.get(metric.unit, (finite,)):
        number = read(value) if number is None else number
    if number is None:
        raise fields.error(
            key, f"must be {_FORMS.get(metric.unit, 'a number')}, not {shown(value)}"
        )
    if not metric.low <= number <= metric.high:
        raise fields.error(
            key, f"{metric.name} lies from {metric.low:g} to {metric.high:g}, not {shown(value)}"
        )
    return number


def _mask(fields: Fields, metric: Metric) -> float:
    bits = fields.take("any_bit").value
    if metric.unit != "bits":
        raise fields.error(
            "any_bit", f"is for bit masks; {metric.name} is measured in {metric.unit}"
        )
    values = [item.value for item in bits] if isinstance(bits, tuple) else []
    mask = 0
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= metric.high:
            raise fields.error("any_bit", f"{shown(value)} is no bit from 1 to {metric.high:g}")
        mask |= value
    if not mask:
        raise fields.error("any_bit", "must be a list of bits like [0x01, 0x04]")
    return float(mask)


def _percent(value: object) -> float | None:
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) / 100 if match else None


def _size(value: object) -> float | None:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _SIZES[match[2] or ""] if match else None


_READERS: Mapping[str, tuple[Callable[[object], float | None], ...]] = MappingProxyType(
    {
        "ratio": (finite, _percent),
        "bytes": (finite, _size),
        "seconds": (finite, parse_duration),
        "flag": (),
    }
)
_FORMS = MappingProxyType(
    {
        "ratio": "a number or a share like 5%",
        "bytes": "a number of bytes or a size like 5GB",
        "seconds": "a number of seconds or a duration like 14d",
        "flag": "true or false",
    }
)
