"""Whether the audit's chain holds: looked at in steps, so that no request lasts for minutes.

A step begins behind an event that somebody keeps, and looks first whether that one is still there.
How far the steps of the console came is kept beside the audit; whoever trusts only themselves keeps
the last hash elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.audit_chain import (
    BEGINNING,
    START,
    AuditEntry,
    Break,
    BrokenEvent,
    ChainHead,
    ChainPoint,
    Checkpoint,
    first_break,
)
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

STEP = 4000
"""Events of one step. Measured: about half a second on a small machine."""
_ALL = AuditFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a step found."""

    point: ChainPoint
    """How far everything fits."""
    written: ChainHead
    """The end of the chain, as it was written."""
    broken: BrokenEvent | None
    """The first event that does not fit; None where all do."""
    is_over: bool
    """Whether there is nothing behind to look at: the end, or what does not fit."""


def check_step(
    open_reads: OpenUnitOfWork,
    *,
    after: ChainPoint = BEGINNING,
    noted: ChainHead | None = None,
    limit: int = STEP,
) -> ChainReport:
    """Return whether the next events say what they said when written, and none is missing.

    Args:
        open_reads: Opens the audit.
        after: How far it was looked at before.
        noted: An event that was noted elsewhere; at the end the chain must hold it.
        limit: How many events are looked at.
    """
    with open_reads() as uow:
        written = uow.audit.head()
        if after.head != START and not _holds(uow, after.head):
            gone = BrokenEvent(entry=after.head.entry, why=Break.REPLACED)
            return ChainReport(point=after, written=written, broken=gone, is_over=True)
        found = uow.audit.walk(_ALL, limit=limit, after=after.head.entry)
        point, broken = _look(found, after, written, is_end=len(found) < limit)
        is_over = broken is not None or len(found) < limit
        if is_over and broken is None and noted is not None and not _holds(uow, noted):
            broken = BrokenEvent(entry=noted.entry, why=Break.REPLACED)
    return ChainReport(point=point, written=written, broken=broken, is_over=is_over)


def advance_checkpoint(
    open_reads: OpenUnitOfWork,
    open_writes: OpenUnitOfWork,
    *,
    anew: bool,
    by: str,
    now: datetime,
    limit: int = STEP,
) -> tuple[Checkpoint, ChainReport]:
    """Look at the events behind the checkpoint, and keep how far all fits.

    Args:
        open_reads: Opens the audit; nobody who appends to it waits meanwhile.
        open_writes: Opens where the checkpoint is kept.
        anew: Whether to begin at the first event.
        by: Who looks.
        now: The present time.
        limit: How many events are looked at.
    """
    with open_reads() as uow:
        kept = uow.audit.checkpoint()
    after = BEGINNING if anew or kept is None else kept.point
    report = check_step(open_reads, after=after, limit=limit)
    reached = Checkpoint(point=report.point, broken=report.broken, checked_at=now, checked_by=by)
    with open_writes() as uow:
        uow.audit.keep_checkpoint(reached)
        uow.commit()
    return reached, report


def _look(
    found: Sequence[AuditEntry], after: ChainPoint, written: ChainHead, *, is_end: bool
) -> tuple[ChainPoint, BrokenEvent | None]:
    known = [one for one in found if one.entry <= written.entry]
    fitting, broken = first_break(known, after.head)
    events = after.events + sum(one.entry <= fitting.entry for one in known)
    if broken is None and len(known) < len(found):
        broken = BrokenEvent(entry=found[len(known)].entry, why=Break.ADDED)
    elif broken is None and is_end and fitting != written:
        broken = BrokenEvent(entry=fitting.entry, why=Break.CUT)
    return ChainPoint(head=fitting, events=events), broken


def _holds(uow: UnitOfWork, noted: ChainHead) -> bool:
    found = uow.audit.walk(_ALL, limit=1, after=noted.entry - 1)
    return [ChainHead(entry=one.entry, hash=one.hash) for one in found] == [noted]
