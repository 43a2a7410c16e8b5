"""What a device measured last, by topic: what it has once as a list, parts of a kind as a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.words import quantity
from sickbay_collector.services.device_detail import Reading

_NONE = "\N{EN DASH}"
# Title -> beginnings of the names of its metrics, in the order of the page.
_TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Processor": ("cpu.", "pressure.cpu"),
        "Memory": ("memory.", "swap.", "pressure.memory", "crash.oom"),
        "System": ("boot.", "crash.", "session.", "pressure.io"),
        "Updates and protection": ("updates.", "protection."),
        "Volumes": ("volume.",),
        "Drives": ("drive.",),
        "Batteries": ("battery.",),
        "Temperatures": ("thermal.",),
        "Network": ("network.",),
    }
)
# What a metric is called below its topic, where its own name repeats that or another's.
_SHORT = MappingProxyType(
    {
        "volume.total_bytes": "Size",
        "volume.free_bytes": "Free",
        "memory.available_ratio": "Share available",
        "volume.free_ratio": "Share free",
        "volume.used_ratio": "Share used",
        "volume.read_only": "Read-only",
        "drive.temperature_celsius": "Temperature",
        "drive.busy_ratio": "Busy",
        "battery.capacity_ratio": "Full charge of design",
        "battery.charge_ratio": "Charge",
        "battery.cycles": "Cycles",
        "battery.condition": "Condition",
        "thermal.temperature_celsius": "Now",
        "thermal.critical_celsius": "Critical",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Readings that belong together."""

    title: str
    heads: tuple[str, ...]
    """Empty for a list of names and values."""
    rows: tuple[tuple[str, ...], ...]
    """First the row's name."""


def topics(readings: Iterable[Reading]) -> tuple[Topic, ...]:
    """Return readings by topic; each reading stands in one of them."""
    found: dict[str, list[Reading]] = {title: [] for title in (*_TOPICS, "Other")}
    for one in readings:
        found[_title(one.metric)].append(one)
    return tuple(_topic(title, mine) for title, mine in found.items() if mine)


def _title(metric: str) -> str:
    fits = [
        (len(start), title)
        for title, starts in _TOPICS.items()
        for start in starts
        if metric.startswith(start)
    ]
    return max(fits)[1] if fits else "Other"


def _topic(title: str, readings: Sequence[Reading]) -> Topic:
    by_metric: dict[str, dict[str, Reading]] = {}
    for one in readings:
        by_metric.setdefault(one.metric, {})[one.instance] = one
    labels = {one.instance: one.instance_label for one in readings}
    names = list(by_metric)
    if set(labels) == {""}:
        return Topic(
            title=title,
            heads=(),
            rows=tuple((_label(by_metric[name]), _cell(by_metric, name, "")) for name in names),
        )
    parts = sorted(labels, key=lambda instance: labels[instance])
    # The longer of the two goes down, so that a table stays narrow.
    if len(parts) > len(names):
        return Topic(
            title=title,
            heads=("", *(_label(by_metric[name]) for name in names)),
            rows=tuple(
                (labels[part], *(_cell(by_metric, name, part) for name in names)) for part in parts
            ),
        )
    return Topic(
        title=title,
        heads=("", *(labels[part] for part in parts)),
        rows=tuple(
            (_label(by_metric[name]), *(_cell(by_metric, name, part) for part in parts))
            for name in names
        ),
    )


def _label(by_instance: Mapping[str, Reading]) -> str:
    one = next(iter(by_instance.values()))
    return _SHORT.get(one.metric, one.label)


def _cell(by_metric: Mapping[str, Mapping[str, Reading]], name: str, instance: str) -> str:
    one = by_metric[name].get(instance)
    return _NONE if one is None else quantity(one.value, one.unit)
