"""What the API says of the audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from sickbay_collector.core.audit_chain import (
    BEGINNING,
    AuditEntry,
    Break,
    BrokenEvent,
    ChainHead,
    ChainPoint,
    Checkpoint,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.audit_check import STEP, ChainReport
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Moment,
    Schema,
    decode_cursor,
    encode_cursor,
)
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
    """Where to go on, and an event that was noted before, which the chain must still hold."""

    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=STEP)] = STEP
    """Events that are looked at."""
    entry: Annotated[int | None, Field(ge=1, le=LAST_ENTRY)] = None
    hash: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the entry."""

    def after(self) -> ChainPoint:
        """Return how far it was looked at before.

        Raises:
            InvalidError: The cursor is none of this.
        """
        if self.cursor is None:
            return BEGINNING
        entry, known, events = decode_cursor(self.cursor, (int, str, int))
        if not 1 <= int(entry) <= LAST_ENTRY or not 1 <= int(events) <= int(entry):
            raise InvalidError("cursor: it belongs to another list")
        return ChainPoint(head=ChainHead(entry=int(entry), hash=str(known)), events=int(events))

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
    before. `cut`: it is the last one, and not the last that was written. `added`: it stands behind
    the last one that was written. `replaced`: it is missing, or its hash is not the one that was
    asked for, or that was kept when it was looked at."""


class ChainAnswer(Schema):
    """How far the audit's chain holds."""

    ok: bool
    """Whether all that was looked at fits."""
    done: bool
    """Whether that is all, or something does not fit: else go on with `next_cursor`."""
    events: int
    """Events that fit, from the first on."""
    last_entry: int
    """The last of them; 0 for none."""
    last_hash: str
    """Its hash: kept elsewhere, it shows later that nobody chained all anew."""
    written_entry: int
    """The last event that was written."""
    broken: BrokenItem | None
    """The first event that does not fit; null where all do."""
    next_cursor: str | None
    """Null where it is done."""

    @classmethod
    def of(cls, report: ChainReport) -> "ChainAnswer":
        """Return the answer."""
        head = report.point.head
        following = None
        if not report.is_over:
            following = encode_cursor([head.entry, head.hash, report.point.events])
        return cls(
            ok=report.broken is None,
            done=report.is_over,
            events=report.point.events,
            last_entry=head.entry,
            last_hash=head.hash,
            written_entry=report.written.entry,
            broken=_broken(report.broken),
            next_cursor=following,
        )


class CheckpointBody(Body):
    """Where to begin."""

    anew: bool = False
    """At the first event, instead of behind the last one that was looked at."""


class CheckpointItem(Schema):
    """How far the audit's chain was looked at, and what is left."""

    events: int
    """Events that fit, from the first on."""
    last_entry: int
    """The last of them; 0 for none."""
    last_hash: str
    written_entry: int
    """The last event that was written."""
    broken: BrokenItem | None
    checked_at: datetime | None
    """Null before anybody looked."""
    checked_by: str
    """Login name."""

    @classmethod
    def of(cls, kept: Checkpoint | None, written: ChainHead) -> "CheckpointItem":
        """Return the answer."""
        point = BEGINNING if kept is None else kept.point
        return cls(
            events=point.events,
            last_entry=point.head.entry,
            last_hash=point.head.hash,
            written_entry=written.entry,
            broken=None if kept is None else _broken(kept.broken),
            checked_at=None if kept is None else kept.checked_at,
            checked_by="" if kept is None else kept.checked_by,
        )


def _broken(broken: BrokenEvent | None) -> BrokenItem | None:
    return None if broken is None else BrokenItem.model_validate(broken)
