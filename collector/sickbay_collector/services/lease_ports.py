"""What scheduled jobs need to run in one collector at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One collector's term of running a job."""

    name: str
    holder: str
    epoch: int
    """Counts the holders, from 1; whoever has an older one may not write any more."""


class LeaseStore(Protocol):
    """Who of several collectors runs which job."""

    def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free, or go on with one's own; None while somebody else has it."""
        ...

    def hold(self, lease: Lease) -> None:
        """Keep the lease from changing hands until this transaction ends.

        Raises:
            ConflictError: Somebody else has it by now.
        """
        ...

    def release(self, holder: str, *, now: datetime) -> None:
        """Give back all that somebody has."""
        ...
