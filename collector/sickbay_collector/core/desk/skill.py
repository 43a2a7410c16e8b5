"""Something that a technician can be good at, and a ticket can need."""

from dataclasses import dataclass

LEVELS = (1, 5)
"""From a beginner to somebody whom the others ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One skill."""

    id: str
    name: str
