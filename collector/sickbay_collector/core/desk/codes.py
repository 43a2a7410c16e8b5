"""How tickets end, in closed sets: only what is counted alike can be compared."""

from dataclasses import dataclass
from enum import StrEnum


class ResolutionMode(StrEnum):
    """Where the work was done."""

    REMOTE = "remote"
    ON_SITE = "on_site"
    DEPOT = "depot"
    """The device went to a workshop."""
    SWAP = "swap"
    """The device was exchanged for another."""
    SELF = "self"
    """The requester did it, with or without guidance."""


class CauseCode(StrEnum):
    """Why it happened."""

    HARDWARE_FAULT = "hardware_fault"
    WEAR = "wear"
    SOFTWARE_FAULT = "software_fault"
    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    CHANGE = "change"
    """An update or another change broke it."""
    USE = "use"
    """It was used in another way than it is made for."""
    SECURITY = "security"
    SUPPLIER = "supplier"
    """Something that is not ours: power, line, a service of others."""
    WISH = "wish"
    """Nothing was broken: somebody asked for something."""
    UNKNOWN = "unknown"


class ResolutionCode(StrEnum):
    """What solved it."""

    REPAIRED = "repaired"
    REPLACED = "replaced"
    CONFIGURED = "configured"
    UPDATED = "updated"
    REINSTALLED = "reinstalled"
    CLEANED = "cleaned"
    """Something was removed: files, dust, malware."""
    GRANTED = "granted"
    """Access or equipment was given."""
    ADVISED = "advised"
    WORKAROUND = "workaround"
    CLEARED = "cleared"
    """It went away by itself."""


class ClosureCode(StrEnum):
    """Why a ticket is over."""

    SOLVED = "solved"
    CLEARED = "cleared"
    """All its alerts closed, and nobody had resolved it."""
    NO_FAULT = "no_fault"
    WITHDRAWN = "withdrawn"
    """Whoever asked needs it no more."""
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    """It was merged into another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionCodes:
    """How something was solved, as far as somebody said."""

    mode: ResolutionMode | None = None
    cause: CauseCode | None = None
    code: ResolutionCode | None = None


NOT_SAID = ResolutionCodes()
"""Nobody said how."""
