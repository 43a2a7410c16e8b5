"""Several probes' parts of one thing, laid over each other.

A drive's load comes from one probe and its health from another; the pending updates are counted
hourly and the reboot flag each minute. What is set in the later part wins, field by field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import reduce
from types import MappingProxyType
from typing import TypeVar

from sickbay_agent.model.hardware import Battery, Drive, MemoryModule, NetworkInterface, Volume
from sickbay_agent.model.inventory import SectionContent, SectionKind, section_kind
from sickbay_agent.model.sample import (
    DriveSample,
    NetworkSample,
    Sample,
    ThermalSample,
    VolumeSample,
)

T = TypeVar("T")

# What tells two instances apart. Lists of anything else are joined end to end.
_KEYS: Mapping[type, str] = MappingProxyType(
    {
        Battery: "battery_id",
        Drive: "drive_id",
        DriveSample: "drive_id",
        MemoryModule: "slot",
        NetworkInterface: "name",
        NetworkSample: "interface",
        ThermalSample: "sensor_id",
        Volume: "volume_id",
        VolumeSample: "volume_id",
    }
)

# Source: the limits of lists in proto/sickbay/v1/sample.proto.
LIST_LIMIT = 64


def merge_samples(parts: Iterable[Sample]) -> Sample:
    """Return one sample of all parts, its lists cut at their limits and then marked truncated.

    Absences of topics that some part has a value for are left out, as are repeated ones.
    """
    merged = reduce(overlay, parts, Sample())
    absences = {
        absence.topic: absence
        for absence in merged.absences
        if not getattr(merged, absence.topic, None)
    }
    cut = replace(
        merged,
        absences=tuple(absences.values())[:LIST_LIMIT],
        volumes=merged.volumes[:LIST_LIMIT],
        drives=merged.drives[:LIST_LIMIT],
        thermals=merged.thermals[:LIST_LIMIT],
        networks=merged.networks[:LIST_LIMIT],
    )
    is_cut = _sizes(cut) != _sizes(merged) or len(absences) > LIST_LIMIT
    return replace(cut, truncated=merged.truncated or is_cut)


def merge_sections(parts: Iterable[SectionContent]) -> dict[SectionKind, SectionContent]:
    """Return one section of each kind, from all parts of that kind."""
    merged: dict[SectionKind, SectionContent] = {}
    for part in parts:
        kind = section_kind(part)
        merged[kind] = overlay(merged[kind], part) if kind in merged else part
    return merged


def overlay(base: T, newer: T) -> T:
    """Return `base` with every field that `newer` sets to something else than its default."""
    changes: dict[str, object] = {}
    for field in fields(newer):  # type: ignore[arg-type]  # T is one of the model's dataclasses
        value = getattr(newer, field.name)
        if value == _default(field):
            continue
        before = getattr(base, field.name)
        changes[field.name] = _combine(before, value)
    return replace(base, **changes) if changes else base  # type: ignore[type-var]


def _sizes(sample: Sample) -> tuple[int, ...]:
    lists = (sample.volumes, sample.drives, sample.thermals, sample.networks)
    return tuple(map(len, lists))


def _combine(before: object, value: object) -> object:
    if isinstance(before, tuple) and isinstance(value, tuple):
        return _join(before, value)
    if before is not None and is_dataclass(before):
        return overlay(before, value)
    return value


def _join(before: tuple[object, ...], added: tuple[object, ...]) -> tuple[object, ...]:
    if not before:
        return added
    key = _KEYS.get(type(added[0]))
    if key is None:
        return before + added
    items = {getattr(item, key): item for item in before}
    for item in added:
        name = getattr(item, key)
        items[name] = overlay(items[name], item) if name in items else item
    return tuple(items.values())


def _default(field: "Field[object]") -> object:
    return None if field.default is MISSING else field.default
