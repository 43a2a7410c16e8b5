"""The audit as a chain: each event carries the hash of the one before and its own.

Who changes, removes, inserts or reorders what happened breaks the chain from there on. Whoever can
write the database could chain everything anew; against that, the last hash is noted elsewhere, and
the chain must still contain it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sickbay_collector.core.audit import AuditEvent

NO_HASH = ""
"""What the first event carries in the place of a hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An event and its place in the chain."""

    entry: int
    """Counts up in the order of writing."""
    event: AuditEvent
    previous: str
    """The hash of the event before; "" for the first."""
    hash: str
    """Over all of the above, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The end of the chain."""

    entry: int
    hash: str


START = ChainHead(entry=0, hash=NO_HASH)
"""The end of a chain without events."""


class Break(StrEnum):
    """What is wrong with the first event that does not fit."""

    CHANGED = "changed"
    """Its hash does not fit what it says."""
    UNLINKED = "unlinked"
    """It does not follow the event before: one is missing, was added, or changed with its hash."""
    CUT = "cut"
    """It is the last one, and it is not the last that was written."""
    ADDED = "added"
    """It stands behind the last one that was written."""
    REPLACED = "replaced"
    """It is missing, or its hash is not the one that was noted elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEvent:
    """The first event that does not fit."""

    entry: int
    why: Break


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPoint:
    """How far somebody has looked at the chain."""

    head: ChainHead
    """The last event that fits."""
    events: int
    """How many fit, from the first on."""


BEGINNING = ChainPoint(head=START, events=0)
"""Before anything was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far the chain was looked at, kept until somebody goes on."""

    point: ChainPoint
    broken: BrokenEvent | None
    """What did not fit behind it; None for nothing that was seen."""
    checked_at: datetime
    checked_by: str
    """Login name."""


def plain_event(entry: int, event: AuditEvent, previous: str) -> dict[str, object]:
    """Return what the hash of an event covers, as JSON has it."""
    return {
        "entry": entry,
        "at": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": event.actor,
        "action": event.action,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "before": dict(event.before),
        "after": dict(event.after),
        "previous": previous,
    }


def canonical(value: object) -> str:
    """Return JSON as it is hashed: keys in order, no blanks, nothing but ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def event_hash(entry: int, event: AuditEvent, previous: str) -> str:
    """Return the hash of an event: SHA-256 over its canonical form."""
    plain = canonical(plain_event(entry, event, previous))
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


def chained(event: AuditEvent, head: ChainHead) -> AuditEntry:
    """Return the event as it follows the end of the chain."""
    entry = head.entry + 1
    return AuditEntry(
        entry=entry,
        event=event,
        previous=head.hash,
        hash=event_hash(entry, event, head.hash),
    )


def is_whole(one: AuditEntry) -> bool:
    """Return whether an event says what it said when it was written."""
    return one.hash == event_hash(one.entry, one.event, one.previous)


def first_break(
    entries: Iterable[AuditEntry], head: ChainHead
) -> tuple[ChainHead, BrokenEvent | None]:
    """Return the last event that fits, and the first that does not; None where all do.

    Args:
        entries: In the order of writing.
        head: The event before them.
    """
    for one in entries:
        if one.previous != head.hash:
            return head, BrokenEvent(entry=one.entry, why=Break.UNLINKED)
        if not is_whole(one):
            return head, BrokenEvent(entry=one.entry, why=Break.CHANGED)
        head = ChainHead(entry=one.entry, hash=one.hash)
    return head, None
