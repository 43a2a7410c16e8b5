"""What a device measured last, by topic: what it has once as a list, parts of a kind as a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sickbay_collector.core.words import quantity
from sickbay_collector.services.device_detail import Reading
from sickbay_collector.web.console.texts import N_, _

_NONE = "\N{EN DASH}"
# Title -> beginnings of the names of its metrics, in the order of the page.
_TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        N_("Processor"): ("cpu.", "pressure.cpu"),
        N_("Memory"): ("memory.", "swap.", "pressure.memory", "crash.oom"),
        N_("System"): ("boot.", "crash.", "session.", "pressure.io"),
        N_("Updates and protection"): ("updates.", "protection."),
        N_("Volumes"): ("volume.",),
        N_("Drives"): ("drive.",),
        N_("Batteries"): ("battery.",),
        N_("Temperatures"): ("thermal.",),
        N_("Network"): ("network.",),
    }
)
_OTHER = N_("Other")
# What a metric is called below its topic, where its own name repeats that or another's.
_SHORT = MappingProxyType(
    {
        "volume.total_bytes": N_("Size"),
        "volume.free_bytes": N_("Free"),
        "memory.available_ratio": N_("Share available"),
        "volume.free_ratio": N_("Share free"),
        "volume.used_ratio": N_("Share used"),
        "volume.read_only": N_("Read-only"),
        "drive.temperature_celsius": N_("Temperature"),
        "drive.busy_ratio": N_("Busy"),
        "battery.capacity_ratio": N_("Full charge of design"),
        "battery.charge_ratio": N_("Charge"),
        "battery.cycles": N_("Cycles"),
        "battery.condition": N_("Condition"),
        "thermal.temperature_celsius": N_("Now"),
        "thermal.critical_celsius": N_("Critical"),
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
    found: dict[str, list[Reading]] = {title: [] for title in (*_TOPICS, _OTHER)}
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
    return max(fits)[1] if fits else _OTHER


def _topic(title: str, readings: Sequence[Reading]) -> Topic:
    by_metric: dict[str, dict[str, Reading]] = {}
    for one in readings:
        by_metric.setdefault(one.metric, {})[one.instance] = one
    labels = {one.instance: one.instance_label for one in readings}
    names = list(by_metric)
    if set(labels) == {""}:
        return Topic(
            title=_(title),
            heads=(),
            rows=tuple((_label(by_metric[name]), _cell(by_metric, name, "")) for name in names),
        )
    parts = sorted(labels, key=lambda instance: labels[instance])
    # The longer of the two goes down, so that a table stays narrow.
    if len(parts) > len(names):
        return Topic(
            title=_(title),
            heads=("", *(_label(by_metric[name]) for name in names)),
            rows=tuple(
                (labels[part], *(_cell(by_metric, name, part) for name in names)) for part in parts
            ),
        )
    return Topic(
        title=_(title),
        heads=("", *(labels[part] for part in parts)),
        rows=tuple(
            (_label(by_metric[name]), *(_cell(by_metric, name, part) for part in parts))
            for name in names
        ),
    )


def _label(by_instance: Mapping[str, Reading]) -> str:
    one = next(iter(by_instance.values()))
    return _(_SHORT.get(one.metric, one.label))


def _cell(by_metric: Mapping[str, Mapping[str, Reading]], name: str, instance: str) -> str:
    one = by_metric[name].get(instance)
    return _NONE if one is None else quantity(one.value, one.unit)
