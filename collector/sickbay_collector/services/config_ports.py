"""What the use cases need of applied configuration, as a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """An entry that was applied; it goes over the one of the files and of the defaults."""

    kind: str
    id: str
    position: int
    """Its place among the applied entries of the kind."""
    text: str
    """Its keys as canonical JSON."""
    revision: int
    """The revision that it came with."""
    applied_at: datetime
    applied_by: str
    """Login name."""


class ConfigStore(Protocol):
    """Applied entries, and the revision that counts their changes."""

    def revision(self) -> int:
        """Return how often entries were changed; 0 where nobody did."""
        ...

    def begin(self) -> int:
        """Return the revision, which nobody else counts up until this transaction ends."""
        ...

    def advance(self, revision: int) -> None:
        """Write the next revision, after `begin`."""
        ...

    def all(self) -> Sequence[ConfigEntry]:
        """Return all entries by kind and position."""
        ...

    def put(self, entries: Sequence[ConfigEntry]) -> None:
        """Write entries, over those that are there."""
        ...

    def remove(self, kind: str, name: str) -> bool:
        """Take an entry away; return whether it was there."""
        ...
