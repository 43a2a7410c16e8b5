"""What a sample changes in the memory of crashes: each event is counted once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zlib import crc32

from sickbay_collector.core.health.reading import NO_READINGS, REFRESH_S, checked, single
from sickbay_collector.core.health.records import EventKind, EventMemory, StabilityMemory
from sickbay_collector.core.health.stability import MAX_APP_CRASHES_A_DAY, SEVERITY, decayed
from sickbay_collector.core.sample import Sample

MAX_APPS_A_DAY = 16
"""Applications whose crashes are counted apart; all further ones of the day count as one."""

MAX_NAME_CHARS = 48

_OTHER_APPS = "other applications"
_LOOKED_FOR = (
    "crash.failed_units",
    "crash.oom_kills",
    "crash.app_crashes",
    "crash.kernel_panics",
    "boot.unclean_shutdown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happened:
    kind: EventKind
    count: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What must be known to count nothing twice."""

    failed_units: frozenset[int]
    boot: int
    panics: int
    is_unclean: bool


def observe_events(memory: StabilityMemory, sample: Sample, *, at_s: int) -> StabilityMemory:
    """Return what is remembered of crashes after a sample; the same object where nothing changed.

    Raises:
        InvalidError: A reading is NaN, infinite or out of range.
    """
    readings = sample.readings
    if not sample.failed_units and not any(metric in readings for metric in _LOOKED_FOR):
        return memory
    day = max(at_s // 86400, memory.day)
    days = 1 if memory.day and day > memory.day else 0
    today = {} if day > memory.day else memory.crashes_today
    counted = _counted(memory, sample)
    crashes_today, happened = _app_crashes(today, sample)
    happened += [*_kills(sample), *_new_failures(memory, sample, counted), *_boot(memory, counted)]
    is_fresh = memory.seen_at_s is not None and at_s - memory.seen_at_s < REFRESH_S
    if is_fresh and not happened and day == memory.day and _is_counted(memory, counted):
        return memory
    return StabilityMemory(
        seen_at_s=at_s,
        day=day,
        events=_events(memory.events, days, happened, at_s),
        failed_units=counted.failed_units,
        boot=counted.boot,
        panics=counted.panics,
        is_unclean=counted.is_unclean,
        crashes_today=crashes_today,
    )


def _is_counted(memory: StabilityMemory, counted: _Counted) -> bool:
    return (
        memory.boot == counted.boot
        and memory.panics == counted.panics
        and memory.is_unclean is counted.is_unclean
        and memory.failed_units == counted.failed_units
    )


def _counted(memory: StabilityMemory, sample: Sample) -> _Counted:
    readings = sample.readings
    units = memory.failed_units
    if sample.failed_units or "crash.failed_units" in readings:
        units = frozenset(crc32(unit.encode()) for unit in sample.failed_units)
    boot = crc32(sample.boot_id.encode()) if sample.boot_id else memory.boot
    is_same_boot = boot == memory.boot
    panics = single(readings, "crash.kernel_panics")
    unclean = single(readings, "boot.unclean_shutdown")
    return _Counted(
        failed_units=units,
        boot=boot,
        panics=int(panics or 0) if panics is not None or not is_same_boot else memory.panics,
        is_unclean=bool(unclean) if unclean is not None or not is_same_boot else memory.is_unclean,
    )


def _boot(memory: StabilityMemory, counted: _Counted) -> Iterator[_Happened]:
    """Yield what this boot tells for the first time of how the one before ended."""
    is_same_boot = counted.boot == memory.boot
    panics = counted.panics - (memory.panics if is_same_boot else 0)
    if panics > 0:
        yield _Happened(kind=EventKind.PANIC, count=panics)
    was_unclean = is_same_boot and memory.is_unclean
    # A panic ends without a shutdown too and is one event, not two.
    if counted.is_unclean and not was_unclean and not counted.panics:
        yield _Happened(kind=EventKind.POWER_LOSS, count=1)


def _new_failures(
    memory: StabilityMemory, sample: Sample, counted: _Counted
) -> Iterator[_Happened]:
    if counted.failed_units == memory.failed_units:
        return
    for unit in sample.failed_units:
        if crc32(unit.encode()) not in memory.failed_units:
            yield _Happened(kind=EventKind.SERVICE_CRASH, count=1, name=unit[:MAX_NAME_CHARS])


def _kills(sample: Sample) -> Iterator[_Happened]:
    for program, value in sample.readings.get("crash.oom_kills", NO_READINGS).items():
        if count := int(checked("crash.oom_kills", program, value)):
            yield _Happened(kind=EventKind.OOM_KILL, count=count, name=program[:MAX_NAME_CHARS])


def _app_crashes(
    today: Mapping[str, int], sample: Sample
) -> tuple[Mapping[str, int], list[_Happened]]:
    """Return the crashes per application of the day, and those of this sample that count."""
    happened: list[_Happened] = []
    for program, value in sample.readings.get("crash.app_crashes", NO_READINGS).items():
        count = int(checked("crash.app_crashes", program, value))
        name = program[:MAX_NAME_CHARS]
        if name not in today and len(today) >= MAX_APPS_A_DAY:
            name = _OTHER_APPS
        before = today.get(name, 0)
        counted = min(count, MAX_APP_CRASHES_A_DAY - before)
        if counted > 0:
            today = {**today, name: before + counted}
            happened.append(_Happened(kind=EventKind.APP_CRASH, count=counted, name=name))
    return today, happened


def _events(
    before: Mapping[EventKind, EventMemory], days: int, happened: list[_Happened], at_s: int
) -> Mapping[EventKind, EventMemory]:
    if not days and not happened:
        return before
    events = dict(before)
    for kind, event in before.items() if days else ():
        load = decayed(event, days)
        if load is None:
            del events[kind]
        else:
            events[kind] = _event(event, load=load)
    for one in happened:
        old = events.get(one.kind)
        load = SEVERITY[one.kind] * one.count
        events[one.kind] = EventMemory(
            load=load if old is None else old.load + load,
            count=one.count if old is None else old.count + one.count,
            since_s=at_s if old is None else old.since_s,
            seen_at_s=at_s,
            last=one.name,
        )
    return events


def _event(old: EventMemory, *, load: float) -> EventMemory:
    return EventMemory(
        load=load, count=old.count, since_s=old.since_s, seen_at_s=old.seen_at_s, last=old.last
    )
