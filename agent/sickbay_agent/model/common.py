"""Vocabulary that the other values share: what is missing and why, what a drive stores on."""

from dataclasses import dataclass
from enum import StrEnum


class AbsenceKind(StrEnum):
    """Why a topic has no value."""

    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A topic without a value: a field of Sample or a section, with "/instance" where needed."""

    topic: str
    kind: AbsenceKind
    reason: str


class Medium(StrEnum):
    """What a drive stores on."""

    UNSPECIFIED = "unspecified"
    HDD = "hdd"
    SSD = "ssd"
    NVME = "nvme"
    VIRTUAL = "virtual"
    FLASH = "flash"
