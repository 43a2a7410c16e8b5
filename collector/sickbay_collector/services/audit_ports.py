"""What the use cases need of the audit, as a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.audit_chain import AuditEntry, ChainHead, Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which changes to list. What is empty or None does not filter."""

    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


class AuditStore(Protocol):
    """The audit. It is appended to and read; nothing takes an event away.

    Events join the chain when the transaction is committed, at its very end: the end of the chain
    is held for one statement or two and never while anything else is waited for.
    """

    def add(self, event: AuditEvent) -> None:
        """Append a change, in the transaction that makes it."""
        ...

    def add_all(self, events: Sequence[AuditEvent]) -> None:
        """Append changes in this order."""
        ...

    def list(
        self, wanted: AuditFilter, *, limit: int, before: int | None = None
    ) -> Sequence[AuditEntry]:
        """Return changes that pass the filter, newest first.

        Args:
            wanted: Which.
            limit: How many at most.
            before: Only entries below this one; None for all.
        """
        ...

    def walk(self, wanted: AuditFilter, *, limit: int, after: int = 0) -> Sequence[AuditEntry]:
        """Return changes that pass the filter, in the order of writing.

        Args:
            wanted: Which.
            limit: How many at most.
            after: Only entries above this one.
        """
        ...

    def head(self) -> ChainHead:
        """Return the end of the chain."""
        ...

    def checkpoint(self) -> Checkpoint | None:
        """Return how far the chain was looked at; None before somebody did."""
        ...

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        """Keep how far the chain was looked at, in the place of what was kept."""
        ...
