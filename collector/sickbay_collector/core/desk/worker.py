"""What a ticket asks of a technician, and a technician at the moment when somebody asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a ticket asks of whoever gets it."""

    skills: Mapping[str, int] = field(default_factory=dict)
    """The least level, 1 to 5, by skill."""
    useful: frozenset[str] = frozenset()
    """Skills that help: those named like the ticket's category, sub-category or product."""
    site: str = ""
    """Of the ticket; "" where it has none."""
    language: str = ""
    """Of the requester; "" where it is not known."""
    slack: float | None = None
    """The part of the resolution target's time that is left, 0 to 1; None where nothing is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWork:
    """What a technician made of tickets with this fingerprint (family and category)."""

    resolved: int = 0
    kept: int = 0
    """Those of them that were never reopened."""


NO_PAST = PastWork()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A technician at the moment of the decision."""

    login: str
    skills: Mapping[str, int] = field(default_factory=dict)
    sites: Collection[str] = ()
    """Empty for every site."""
    languages: Collection[str] = ()
    capacity: int
    """How many open tickets at once."""
    open_tickets: int = 0
    on_shift: bool | None = None
    """None where no rota says anything of this technician."""
    absence: str = ""
    """Why and until when; "" for who is there."""
    past: PastWork = NO_PAST
    barred: str = ""
    """Why this technician is not asked again; "" for everybody else."""
