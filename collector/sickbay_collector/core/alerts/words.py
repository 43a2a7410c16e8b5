"""Alerts in words: every sentence names value, limit and duration, with units."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.alerts.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Facts,
    Gone,
    Leaf,
    leaves,
    truth,
)
from sickbay_collector.core.alerts.rule import Minutes, Rule
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.words import quantity

DEVICE = "this device"
"""What an alert is about that is about no part of the device."""
PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")

# Source: NVM Express Base Specification, SMART / Health Information log, Critical Warning.
_NVME_BITS = MappingProxyType(
    {
        0x01: "spare blocks below the drive's limit",
        0x02: "temperature",
        0x04: "reliability degraded",
        0x08: "read-only",
        0x10: "volatile memory backup failed",
    }
)
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_TIMES = ((86400, "d"), (3600, "h"), (60, "min"))
# Units whose reading says by itself what is wrong.
_SELF_SAID = frozenset({"flag", "bits", "level"})
_COMPARED = MappingProxyType(
    {
        Comparison.ABOVE: "above",
        Comparison.BELOW: "below",
        Comparison.AT_LEAST: "at least",
        Comparison.AT_MOST: "at most",
    }
)


def duration_words(seconds: float) -> str:
    """Return a duration in the largest unit that leaves a number of one or two digits."""
    for size, unit in _TIMES:
        # One day reads better as 24 h, one hour as 60 min.
        if seconds >= 2 * size:
            return f"{_short(seconds / size)} {unit}"
    return f"{_short(seconds)} s"


def _size_words(value: float) -> str:
    for size, unit in _SIZES:
        if value >= size:
            return f"{_short(value / size)} {unit}"
    return f"{value:.0f} B"


def _bit_words(value: float) -> str:
    named = [name for bit, name in _NVME_BITS.items() if int(value) & bit]
    return f"0x{int(value):02x}" + (f" ({', '.join(named)})" if named else "")


_WORDS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "ratio": lambda value: f"{_short(100 * value)} %",
        "bytes": _size_words,
        "seconds": duration_words,
        "flag": lambda value: "yes" if value else "no",
        "celsius": lambda value: f"{_short(value)} °C",
        "bits": _bit_words,
        "hours": lambda value: f"{_short(value)} h",
    }
)


def value_words(metric: str, value: float) -> str:
    """Return a reading with its unit."""
    words = _WORDS.get(METRICS[metric].unit)
    return words(value) if words else _short(value)


def measured(value: float, metric: str, unit: str) -> str:
    """Return a reading as its limit is written, by its unit where its metric is not known."""
    return value_words(metric, value) if metric in METRICS else quantity(value, unit)


def limit_words(leaf: Leaf) -> str:
    """Return a comparison without its metric: "above 90 %"."""
    limit = value_words(leaf.metric, leaf.limit)
    if leaf.comparison is Comparison.IS:
        return limit
    if leaf.comparison is Comparison.ANY_BIT:
        return f"any of {limit}"
    window = f" within {duration_words(leaf.within_s)}" if leaf.within_s else ""
    return f"{_COMPARED[leaf.comparison]} {limit}{window}"


def label_of(rule: Rule, instance: str, sample: Sample) -> str:
    """Return what people call an instance."""
    if rule.topic == "volume" and instance in sample.volumes:
        return sample.volumes[instance].mount_point
    if not instance:
        return DEVICE
    return f"{rule.topic} {instance}" if rule.topic in {"volume", "drive", "battery"} else instance


def readings_of(
    condition: Condition, facts: Facts, *, beyond: bool = True
) -> tuple[AlertReading, ...]:
    """Return a condition's readings, in its order: those for which it holds, or all."""
    found: list[AlertReading] = []
    for leaf in leaves(condition):
        value = facts.value(leaf)
        if value is not None and (truth(leaf, facts) or not beyond):
            metric = METRICS[leaf.metric]
            found.append(
                AlertReading(
                    metric=metric.name,
                    label=metric.label,
                    unit=metric.unit,
                    value=value,
                    threshold=limit_words(leaf),
                )
            )
    return tuple(found)


def sentence(rule: Rule, label: str, readings: Sequence[AlertReading]) -> str:
    """Return what is wrong, the limits and for how long, in one sentence."""
    joint = " or " if isinstance(rule.raise_when, AnyOf) else " and "
    limits = joint.join(reading.threshold for reading in readings if reading.unit not in _SELF_SAID)
    parts = [what(rule, label, readings), f"limit {limits}" if limits else ""]
    return "; ".join(part for part in parts if part) + _how_long(rule)


def what(rule: Rule, label: str, readings: Sequence[AlertReading]) -> str:
    """Return what the readings say of an instance, without limits."""
    values = {reading.metric: value_words(reading.metric, reading.value) for reading in readings}
    values["instance"] = label
    wanted = PLACEHOLDER.findall(rule.says)
    if rule.says and all(name in values for name in wanted):
        return PLACEHOLDER.sub(lambda match: values[match.group(1)], rule.says)
    said = ", ".join(_reading_words(reading) for reading in readings)
    return said if label == DEVICE else f"{label}: {said}"


def opens_when(rule: Rule) -> str:
    """Return when an alert of the rule opens."""
    return f"opens when {_condition_words(rule.raise_when, rule)}{_how_long(rule)}"


def closes_when(rule: Rule) -> str:
    """Return when an alert of the rule closes by itself."""
    spans = [duration_words(rule.clear_for_s)] if rule.clear_for_s else []
    if rule.clear_active_days:
        spans.append(f"{rule.clear_active_days} days of use")
    how_long = f", for {' and '.join(spans)}," if spans else ""
    return f"closes by itself when{how_long} {_condition_words(rule.clear_when, rule)}"


def closed_because(rule: Rule, label: str, readings: Sequence[AlertReading], *, gone: bool) -> str:
    """Return why an alert closed."""
    if gone:
        return f"{label} is gone"
    facts = ", ".join(_reading_words(reading) for reading in readings)
    if not facts:
        return closes_when(rule).replace("closes", "closed", 1)
    return facts if label == DEVICE else f"{label}: {facts}"


def history_words(rule: Rule, low: float | None, high: float | None, since: datetime) -> str:
    """Return the range of the rule's first metric since the condition began; "" without one."""
    metric = rule.primary_metric
    if low is None or high is None or METRICS[metric].unit in _SELF_SAID or rule.window:
        return ""
    least, most = value_words(metric, low), value_words(metric, high)
    span = least if least == most else f"{least} to {most}"
    return f"{METRICS[metric].label}: {span} since {since:%Y-%m-%d %H:%M} UTC"


def _reading_words(reading: AlertReading) -> str:
    words = value_words(reading.metric, reading.value)
    return f"{reading.label}: {words}" if reading.unit == "flag" else f"{reading.label} {words}"


def _how_long(rule: Rule) -> str:
    parts: list[str] = []
    if rule.for_s:
        use = " of use" if rule.minutes is Minutes.ACTIVE else ""
        parts.append(f"for {duration_words(rule.for_s)}{use}")
    if rule.reads > 1:
        parts.append(f"at {rule.reads} readings in a row")
    return f", {' and '.join(parts)}" if parts else ""


def _condition_words(condition: Condition, rule: Rule) -> str:
    if isinstance(condition, Leaf):
        label = METRICS[condition.metric].label
        return f'"{label}" is {limit_words(condition)}'
    if isinstance(condition, Gone):
        return f"the {rule.topic} is gone"
    joint = " and " if isinstance(condition, AllOf) else ", or "
    return joint.join(_condition_words(part, rule) for part in condition.parts)


def _short(value: float) -> str:
    """Return a number with one decimal where that says more, never in exponents."""
    rounded = round(value, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"
