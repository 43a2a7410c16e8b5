"""The inventory as a whole: its sections, and the hashes that stand for them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sickbay_agent.model.common import Absence
from sickbay_agent.model.hardware import (
    BatteriesSection,
    CpuSection,
    DrivesSection,
    MemorySection,
    NetworkSection,
    SystemSection,
    VolumesSection,
)
from sickbay_agent.model.software import OsSection, SoftwareSection, UpdatesSection


class SectionKind(StrEnum):
    """A part of the inventory that changes as one; the value is the name in `Absence.topic`."""

    SYSTEM = "system"
    CPU = "cpu"
    MEMORY = "memory"
    VOLUMES = "volumes"
    DRIVES = "drives"
    NETWORK = "network"
    OS = "os"
    SOFTWARE = "software"
    UPDATES = "updates"
    BATTERIES = "batteries"


SectionContent: TypeAlias = (
    SystemSection
    | CpuSection
    | MemorySection
    | VolumesSection
    | DrivesSection
    | NetworkSection
    | OsSection
    | SoftwareSection
    | UpdatesSection
    | BatteriesSection
)


def section_kind(section: SectionContent) -> SectionKind:
    """Return the kind of a section."""
    return SectionKind(type(section).__name__.removesuffix("Section").lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionHash:
    """A section kind and the SHA-256 of its content's canonical form."""

    kind: SectionKind
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryState:
    """The hashes of all sections that the device has now."""

    sections: tuple[SectionHash, ...] = ()
    absences: tuple[Absence, ...] = ()
