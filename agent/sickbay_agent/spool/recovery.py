"""What a lane's segments hold after a crash or damage, and what is missing from them.

Within a segment seqs follow each other; each segment names the seq before its first. So every
hole shows, whether bytes flipped, a page was zeroed or a file vanished. Damaged segments are
rewritten without the damage, so that it is told once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sickbay_agent.spool.frame import Stored
from sickbay_agent.spool.segment import Segment, read_segment, repair_header, rewrite_segment

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A segment's line in the lane's index."""

    path: Path
    first_seq: int
    last_seq: int
    """first_seq - 1 while it is empty."""
    pending: int
    """Records that wait."""
    size_bytes: int
    oldest_at: datetime | None
    """When the oldest that waits was observed."""
    newest_at: datetime | None
    """When the newest was observed."""

    @classmethod
    def empty(cls, path: Path, *, first_seq: int, size_bytes: int) -> "Entry":
        """Return the line of a segment without records."""
        return cls(
            path=path,
            first_seq=first_seq,
            last_seq=first_seq - 1,
            pending=0,
            size_bytes=size_bytes,
            oldest_at=None,
            newest_at=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Records of a lane that are gone."""

    first_seq: int
    last_seq: int
    count: int
    first_at: datetime | None = None
    """When the oldest was observed, if known."""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found."""

    entries: tuple[Entry, ...]
    lost: tuple[Lost, ...]
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """A segment's records and the holes between them."""

    records: list[Stored]
    holes: list[Lost]
    last_seq: int
    is_damaged: bool


def recover(paths: Sequence[Path], *, done: int, is_mark_new: bool) -> Recovered:
    """Read segments in order, mend the damaged ones, and return what is there and what is lost.

    Args:
        paths: The lane's segments by first seq.
        done: Highest seq that was acknowledged or dropped; what is missing up to it is no loss.
        is_mark_new: Whether the mark was lost, so that `done` says nothing.

    Raises:
        OSError: A segment can be neither read nor mended.
    """
    entries: list[Entry] = []
    lost: list[Lost] = []
    position = None if is_mark_new else done
    for path in paths:
        segment = read_segment(path)
        before = segment.previous_seq
        missing = _between(position, before)
        start = max(position or 0, before or 0)
        content = _content(segment, done=max(done, start))
        lost.extend(missing + content.holes)
        position = max(start, content.last_seq)
        size_bytes = segment.size_bytes
        if content.is_damaged:
            log.warning("spool=%s damaged, %d records kept", path, len(content.records))
            size_bytes = rewrite_segment(path, start, content.records)
        elif missing or before is None:
            log.warning("spool=%s header damaged or a segment before it gone", path)
            repair_header(path, start)
        entries.extend(_entry(path, content, size_bytes))
    return Recovered(entries=tuple(entries), lost=tuple(lost), last_seq=max(position or 0, done))


def _between(position: int | None, before: int | None) -> list[Lost]:
    """Return what is missing between the last known seq and a segment."""
    if position is None or before is None:
        return []
    return _range(position + 1, before)


def _content(segment: Segment, *, done: int) -> _Content:
    records: list[Stored] = []
    holes: list[Lost] = []
    last_seq = segment.first_seq - 1
    is_damaged = False
    damaged = 0
    for item in segment.items:
        if not isinstance(item, Stored):
            damaged += item.frames
            is_damaged = True
            continue
        if damaged:
            holes.extend(_range(max(last_seq, done) + 1, item.seq - 1))
        damaged = 0
        last_seq = item.seq
        if item.seq > done:
            records.append(item)
    # Nothing tells how many records a damaged end held, save the marks that are left of them.
    holes.extend(_range(max(last_seq, done) + 1, last_seq + damaged))
    return _Content(
        records=records, holes=holes, last_seq=last_seq + damaged, is_damaged=is_damaged
    )


def _entry(path: Path, content: _Content, size_bytes: int) -> list[Entry]:
    """Return the segment's line in the index; a segment with nothing that waits is removed."""
    records = content.records
    if not records:
        log.info("spool=%s holds nothing that waits, removed", path)
        path.unlink()
        return []
    return [
        Entry(
            path=path,
            first_seq=records[0].seq,
            last_seq=records[-1].seq,
            pending=len(records),
            size_bytes=size_bytes,
            oldest_at=records[0].observed_at,
            newest_at=records[-1].observed_at,
        )
    ]


def _range(first_seq: int, last_seq: int) -> list[Lost]:
    """Return the loss of all seqs from first to last; nothing when there are none."""
    count = last_seq - first_seq + 1
    return [Lost(first_seq=first_seq, last_seq=last_seq, count=count)] if count > 0 else []
