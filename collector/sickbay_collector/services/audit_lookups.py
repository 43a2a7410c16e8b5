"""Reading the audit as a whole: whether its chain holds, and everything in the order of writing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sickbay_collector.core.audit_chain import (
    START,
    AuditEntry,
    Break,
    BrokenEvent,
    ChainHead,
    first_break,
)
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.ports import OpenUnitOfWork

# Read at once; a transaction for each, so that none is held for minutes.
_BATCH = 1000
_ALL = AuditFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a look at the whole chain found."""

    events: int
    """How many were looked at: up to the first that does not fit."""
    head: ChainHead
    """The last one that fits."""
    broken: BrokenEvent | None
    """The first one that does not; None where all do."""


def verify_audit(
    open_reads: OpenUnitOfWork, *, noted: ChainHead | None = None, batch: int = _BATCH
) -> ChainReport:
    """Return whether every event says what it said when it was written, and none is missing.

    Args:
        open_reads: Opens the audit.
        noted: An event that was noted elsewhere, which the chain must still hold.
        batch: How many events are read at once.
    """
    report = _chain(open_reads, batch)
    if report.broken is None and noted is not None and not _holds(open_reads, noted):
        return replace(report, broken=BrokenEvent(entry=noted.entry, why=Break.REPLACED))
    return report


def walk_audit(
    open_reads: OpenUnitOfWork, wanted: AuditFilter, *, batch: int = _BATCH
) -> Iterator[AuditEntry]:
    """Yield every change that passes the filter, in the order of writing, without holding all."""
    after = 0
    while True:
        with open_reads() as uow:
            found = uow.audit.walk(wanted, limit=batch, after=after)
        yield from found
        if len(found) < batch:
            return
        after = found[-1].entry


def _chain(open_reads: OpenUnitOfWork, batch: int) -> ChainReport:
    fitting, events = START, 0
    while True:
        with open_reads() as uow:
            found = uow.audit.walk(_ALL, limit=batch, after=fitting.entry)
            written = uow.audit.head()
        fitting, broken = first_break(found, fitting)
        events += sum(one.entry <= fitting.entry for one in found)
        if broken is None and len(found) < batch and fitting != written:
            broken = BrokenEvent(entry=fitting.entry, why=Break.CUT)
        if broken is not None or len(found) < batch:
            return ChainReport(events=events, head=fitting, broken=broken)


def _holds(open_reads: OpenUnitOfWork, noted: ChainHead) -> bool:
    with open_reads() as uow:
        found = uow.audit.walk(_ALL, limit=1, after=noted.entry - 1)
    return [ChainHead(entry=one.entry, hash=one.hash) for one in found] == [noted]
