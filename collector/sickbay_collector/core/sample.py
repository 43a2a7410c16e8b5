"""One sample of one device as the core sees it: readings by metric and instance, and absences.

The shape is uniform on purpose: validation, history, rules and score all walk the same two-level
mapping, so a new metric is one line in `metric.py` and one in the decoder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Readings: TypeAlias = Mapping[str, Mapping[str, float]]
"""metric name -> instance -> value. The instance is "" for what a device has once; a volume id,
drive id, program name, interface or sensor otherwise. A metric without a reading is not in it."""


class Medium(StrEnum):
    """What a drive stores on."""

    UNKNOWN = "unknown"
    HDD = "hdd"
    SSD = "ssd"
    NVME = "nvme"
    VIRTUAL = "virtual"
    FLASH = "flash"


class AbsenceKind(StrEnum):
    """Why a topic has no value."""

    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A topic without a value, as `proto/sickbay/v1/common.proto` defines topics."""

    topic: str
    kind: AbsenceKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFacts:
    """What a rule's scope and a person need to know of a volume."""

    mount_point: str
    is_system: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All vitals of one moment."""

    observed_at: datetime
    """By the device's clock."""
    boot_id: str
    """Empty where unknown."""
    readings: Readings
    volumes: Mapping[str, VolumeFacts]
    drives: Mapping[str, Medium]
    absences: tuple[Absence, ...] = ()
    failed_units: tuple[str, ...] = ()
    failed_probes: tuple[str, ...] = ()
    """Probes that failed or were late."""
    truncated: bool = False
    """Whether the agent cut a list at its limit."""
