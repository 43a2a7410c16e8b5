"""Stability: a load that events add to and that halves with every week of use."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from types import MappingProxyType

from sickbay_collector.core.health.model import Category, Finding
from sickbay_collector.core.health.records import EventKind, EventMemory, StabilityMemory
from sickbay_collector.core.health.verdict import Part, Verdict

SEVERITY = MappingProxyType(
    {
        EventKind.PANIC: 10.0,
        EventKind.POWER_LOSS: 6.0,
        EventKind.OOM_KILL: 3.0,
        EventKind.SERVICE_CRASH: 1.0,
        EventKind.APP_CRASH: 1.0,
    }
)
"""What one event adds to the load. A choice: a stop error today costs half of the category."""

MAX_APP_CRASHES_A_DAY = 10
"""Per application; a crash loop is one problem. Source: Intune's app reliability score."""

# Powered-off days do not count, as in Windows' stability index, whose window is 28 days.
_HALF_LIFE_DAYS = 7.0
_SCALE = 15.0
# Less than this is forgotten: it costs under 0.07 points.
_FORGOTTEN_LOAD = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    many: str
    one: str
    remedy: str
    source: str


_WORDS = MappingProxyType(
    {
        EventKind.PANIC: _Words(
            many="The operating system stopped with a panic {count} times",
            one="The operating system stopped with a panic",
            remedy="Read the panic record and update drivers and firmware.",
            source="the crash records of the kernel",
        ),
        EventKind.POWER_LOSS: _Words(
            many="The device lost power without a shutdown {count} times",
            one="The device lost power without a shutdown",
            remedy="Check power supply, battery and cable.",
            source="the shutdown mark of the boot before",
        ),
        EventKind.OOM_KILL: _Words(
            many="{count} programs were killed for lack of memory",
            one="A program was killed for lack of memory",
            remedy="Find the program that takes the memory, or add memory.",
            source="the kernel's log",
        ),
        EventKind.SERVICE_CRASH: _Words(
            many="System services failed {count} times",
            one="A system service failed",
            remedy="Read the log of the failed service and mend its cause.",
            source="the service manager's list of failed services",
        ),
        EventKind.APP_CRASH: _Words(
            many="Applications crashed {count} times",
            one="An application crashed",
            remedy="Update or reinstall the application that crashes.",
            source="the crash reports of the operating system",
        ),
    }
)


def stability_penalty(load: float) -> float:
    """Return the penalty, 0 to 100, of a load of events."""
    return 100.0 * (1.0 - exp(-load / _SCALE))


def decayed(event: EventMemory, days: int) -> float | None:
    """Return an event's load after so many powered-on days; None where it is forgotten."""
    load = float(event.load * 0.5 ** (days / _HALF_LIFE_DAYS))
    return load if load >= _FORGOTTEN_LOAD else None


def stability(memory: StabilityMemory) -> Verdict:
    """Return the verdict on crashes, which were looked for at least once."""
    loads = {kind: event.load for kind, event in memory.events.items()}
    total = sum(loads.values())
    penalty = stability_penalty(total)
    parts = tuple(
        Part(
            finding=_finding(kind, memory.events[kind], penalty * load / total, memory),
            share=penalty * load / total,
            without=stability_penalty(max(0.0, total - load)),
            cap=None,
        )
        for kind, load in loads.items()
    )
    seen = () if memory.seen_at_s is None else (memory.seen_at_s,)
    return Verdict(
        category=Category.STABILITY, penalty=penalty, worst=penalty, parts=parts, seen_at_s=seen
    )


def _finding(kind: EventKind, event: EventMemory, share: float, memory: StabilityMemory) -> Finding:
    words = _WORDS[kind]
    title = words.one if event.count == 1 else words.many.format(count=event.count)
    last = (
        "" if not event.last else f": {event.last}" if event.count == 1 else f", last {event.last}"
    )
    return Finding(
        category=Category.STABILITY,
        key=f"stability/{kind.value}",
        title=f"{title}{last}.",
        remedy=words.remedy,
        penalty=share,
        value=event.load,
        unit="load",
        threshold=0.0,
        since=datetime.fromtimestamp(event.since_s, UTC),
        seen_at=datetime.fromtimestamp(max(event.seen_at_s, memory.seen_at_s or 0), UTC),
        source=words.source,
    )
