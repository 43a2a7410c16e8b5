"""What the API says of the audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from sickbay_collector.core.audit_chain import AuditEntry, Break, ChainHead
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.audit_lookups import ChainReport
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.web.api.base import Body, Moment, Schema
from sickbay_collector.web.api.config_schema import Name

LAST_ENTRY = 2**63 - 1
"""What both databases count up to."""


class AuditFields(Body):
    """Which changes are meant."""

    actor: Name = ""
    """Login name."""
    action: Name = ""
    object_kind: Name = ""
    """For example `config/technicians`."""
    object_id: Name = ""
    since: Moment | None = None
    until: Moment | None = None

    def wanted(self) -> AuditFilter:
        """Return the filter."""
        return AuditFilter(
            actor=self.actor,
            action=self.action,
            object_kind=self.object_kind,
            object_id=self.object_id,
            since=self.since,
            until=self.until,
        )


class ChainQuery(Body):
    """An event that was noted before, which the chain must still hold."""

    entry: Annotated[int | None, Field(ge=1, le=LAST_ENTRY)] = None
    hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the entry."""

    def noted(self) -> ChainHead | None:
        """Return it.

        Raises:
            InvalidError: Only one of the two is there.
        """
        if self.entry is None and not self.hash:
            return None
        if self.entry is None or not self.hash:
            raise InvalidError("entry and hash: both or none of them")
        return ChainHead(entry=self.entry, hash=self.hash)


class AuditItem(Schema):
    """A change that somebody made outside of tickets."""

    entry: int
    """Counts up."""
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    previous: str
    """The hash of the event before; empty for the first."""
    hash: str
    """SHA-256 over the other fields, as a line of the export has them, in canonical JSON."""

    @classmethod
    def of(cls, one: AuditEntry) -> "AuditItem":
        """Return the answer."""
        event = one.event
        return cls(
            entry=one.entry,
            at=event.at,
            actor=event.actor,
            action=event.action,
            object_kind=event.object_kind,
            object_id=event.object_id,
            before=event.before,
            after=event.after,
            previous=one.previous,
            hash=one.hash,
        )


class AuditList(Schema):
    """A part of the audit."""

    items: tuple[AuditItem, ...]
    next_cursor: str | None


class BrokenItem(Schema):
    """The first event that does not fit."""

    entry: int
    why: Break
    """`changed`: its hash does not fit what it says. `unlinked`: it does not follow the event
    before. `cut`: it is the last one, and not the last that was written. `replaced`: it is missing,
    or its hash is not the one that was asked for."""


class ChainAnswer(Schema):
    """Whether the audit's chain holds."""

    ok: bool
    events: int
    """Events that fit, from the first on."""
    last_entry: int
    """The last of them; 0 for none."""
    last_hash: str
    """Its hash: kept elsewhere, it shows later that nobody chained all anew."""
    broken: BrokenItem | None
    """The first event that does not fit; null where all do."""

    @classmethod
    def of(cls, report: ChainReport) -> "ChainAnswer":
        """Return the answer."""
        broken = None if report.broken is None else BrokenItem.model_validate(report.broken)
        return cls(
            ok=report.broken is None,
            events=report.events,
            last_entry=report.head.entry,
            last_hash=report.head.hash,
            broken=broken,
        )
