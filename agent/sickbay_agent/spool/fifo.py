"""A lane that keeps records in order: append at the end, read and acknowledge from the front.

What `append` returned is on the disk. After a crash the lane counts on from a reserved seq, so
that no seq is ever used twice, and a new segment begins, so that old ones never change.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sickbay_agent.files import make_private_folder
from sickbay_agent.spool.frame import HEADER_BYTES, Stored
from sickbay_agent.spool.mark import MarkFile
from sickbay_agent.spool.recovery import Entry, Lost, recover
from sickbay_agent.spool.segment import (
    SEGMENT_BYTES,
    SegmentWriter,
    first_seq_of,
    read_segment,
    segment_path,
)

log = logging.getLogger(__name__)

# One write of the mark for as many appends.
RESERVE = 1024
MARK_NAME = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What waits in a lane."""

    records: int
    size_bytes: int
    """On disk, with what is acknowledged but not yet removed."""
    oldest_at: datetime | None


class DamagedError(Exception):
    """A segment that was good has become unreadable; `repair` mends the lane."""


class FifoLane:
    """First in, first out, on disk.

    Args:
        folder: Where the lane's files are; made where missing.
        segment_bytes: When a segment is full.

    Raises:
        OSError: The folder cannot be used.
    """

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        make_private_folder(folder)
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._mark = MarkFile(folder / MARK_NAME)
        self._entries: list[Entry] = []
        self._writer: SegmentWriter | None = None
        self._last_seq = 0
        self.lost_at_open = tuple(self.repair(is_open=True))

    @property
    def epoch(self) -> bytes:
        """The 16 random bytes that the lane's seqs count within."""
        return self._mark.value.epoch

    @property
    def last_seq(self) -> int:
        """The highest seq that was given to a record."""
        return self._last_seq

    @property
    def depth(self) -> Depth:
        """What waits here."""
        waiting = [entry for entry in self._entries if entry.pending]
        return Depth(
            records=sum(entry.pending for entry in waiting),
            size_bytes=sum(entry.size_bytes for entry in self._entries),
            oldest_at=waiting[0].oldest_at if waiting else None,
        )

    def append(self, body: bytes, observed_at: datetime) -> int:
        """Store a record; return its seq once it is on the disk.

        Raises:
            OSError: It is not stored.
        """
        stored = Stored(seq=self.skip(), observed_at=observed_at, body=body)
        writer = self._writer_for(HEADER_BYTES + len(body), stored.seq)
        try:
            writer.append(stored)
        except OSError:
            # The kernel forgets a failed write-back, so this file is not trusted with more.
            self._close_writer()
            raise
        self._entries[-1] = _grown(self._entries[-1], stored, writer.size_bytes)
        return stored.seq

    def skip(self) -> int:
        """Use up a seq and return it.

        Raises:
            OSError: The seq could not be reserved.
        """
        seq = self._last_seq + 1
        if seq > self._mark.value.reserved:
            self._mark.set_reserved(seq + RESERVE - 1)
        self._last_seq = seq
        return seq

    def peek(self, max_records: int, max_bytes: int) -> tuple[Stored, ...]:
        """Return the oldest records that wait, at least one if any does.

        Raises:
            DamagedError: What should be there cannot be read.
        """
        found: list[Stored] = []
        size = 0
        for stored in self._waiting():
            size += len(stored.body)
            if found and (len(found) == max_records or size > max_bytes):
                break
            found.append(stored)
        return tuple(found)

    def ack(self, seq: int) -> None:
        """Forget the records up to seq.

        Raises:
            OSError: The disk did not take it; they are sent again.
        """
        seq = min(seq, self._last_seq)
        if seq <= self._mark.value.done:
            return
        self._mark.set_done(seq)
        self._forget_done()
        if self._entries and self._entries[0].first_seq <= seq and self._entries[0].pending:
            self._entries[0] = self._recounted(self._entries[0], seq)

    def drop_oldest_segment(self) -> Lost | None:
        """Give up the oldest segment to gain space; return what was lost, None if it was done with.

        Raises:
            OSError: The disk did not take it.
        """
        oldest = self._entries[0]
        if self._is_active(oldest):
            self._close_writer()
        lost = None
        if oldest.pending:
            lost = Lost(
                first_seq=max(oldest.first_seq, self._mark.value.done + 1),
                last_seq=oldest.last_seq,
                count=oldest.pending,
                first_at=oldest.oldest_at,
                last_at=oldest.newest_at,
            )
            self.ack(oldest.last_seq)
        self._forget_done()
        return lost

    def drop_older_than(self, cutoff: datetime) -> Lost | None:
        """Give up the records observed before a moment; return what was lost.

        Raises:
            OSError: The disk did not take it.
            DamagedError: What should be there cannot be read.
        """
        oldest_at = self.depth.oldest_at
        if oldest_at is None or oldest_at >= cutoff:
            return None
        lost: Lost | None = None
        for stored in self._waiting():
            if stored.observed_at >= cutoff:
                break
            lost = _with(lost, stored)
        if lost is not None:
            self.ack(lost.last_seq)
        return lost

    def renew_epoch(self) -> None:
        """Start a new epoch: the collector knows nothing of what waits here.

        Raises:
            OSError: The disk did not take it.
        """
        self._mark.renew_epoch()

    def repair(self, *, is_open: bool = False) -> list[Lost]:
        """Read all segments again, mend what is damaged, and return what was lost.

        Raises:
            OSError: The folder cannot be read or written.
        """
        self._close_writer()
        mark = self._mark.value
        paths = self._paths()
        is_mark_new = is_open and self._mark.is_new
        if is_mark_new and paths:
            log.warning("spool=%s mark lost, everything is sent again", self._folder)
        found = recover(paths, done=mark.done, is_mark_new=is_mark_new)
        self._entries = list(found.entries)
        self._last_seq = max(self._last_seq, found.last_seq, mark.reserved if is_open else 0)
        return list(found.lost)

    def close(self) -> None:
        """Write down the last seq in use and close the files."""
        self._close_writer()
        try:
            self._mark.set_reserved(self._last_seq)
        except OSError as error:  # the next start counts on from the reserved seq instead
            log.warning("spool=%s mark not written: %s", self._folder, error.strerror)
        self._mark.close()

    def _paths(self) -> list[Path]:
        paths = []
        for path in sorted(self._folder.iterdir()):
            if first_seq_of(path) is not None:
                paths.append(path)
            elif path.name != MARK_NAME:
                log.warning("spool=%s file=%r is not ours, left alone", self._folder, path.name)
        return paths

    def _waiting(self) -> Iterator[Stored]:
        done = self._mark.value.done
        for entry in self._entries:
            if entry.pending:
                yield from _records(entry, after=done)

    def _is_active(self, entry: Entry) -> bool:
        return self._writer is not None and self._writer.path == entry.path

    def _is_removed(self, entry: Entry) -> bool:
        if self._is_active(entry) or entry.last_seq > self._mark.value.done:
            return False
        entry.path.unlink(missing_ok=True)
        return True

    def _recounted(self, entry: Entry, done: int) -> Entry:
        try:
            waiting = list(_records(entry, after=done))
        except DamagedError:  # the next peek finds it too, and repairs
            return entry
        oldest_at = waiting[0].observed_at if waiting else None
        return replace(entry, pending=len(waiting), oldest_at=oldest_at)

    def _writer_for(self, frame_bytes: int, seq: int) -> SegmentWriter:
        writer = self._writer
        if writer is not None and writer.size_bytes + frame_bytes <= self._segment_bytes:
            return writer
        self._close_writer()
        self._forget_done()
        path = segment_path(self._folder, seq)
        previous_seq = self._entries[-1].last_seq if self._entries else self._mark.value.done
        self._writer = SegmentWriter(path, previous_seq)
        self._entries.append(Entry.empty(path, first_seq=seq, size_bytes=self._writer.size_bytes))
        return self._writer

    def _forget_done(self) -> None:
        self._entries = [entry for entry in self._entries if not self._is_removed(entry)]

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _records(entry: Entry, *, after: int) -> Iterator[Stored]:
    try:
        items = read_segment(entry.path).items
    except OSError as error:
        raise DamagedError(f"{entry.path} cannot be read: {error.strerror}") from None
    for item in items:
        if not isinstance(item, Stored):
            raise DamagedError(f"{entry.path} is damaged")
        if item.seq > after:
            yield item


def _grown(entry: Entry, stored: Stored, size_bytes: int) -> Entry:
    return replace(
        entry,
        last_seq=stored.seq,
        pending=entry.pending + 1,
        size_bytes=size_bytes,
        oldest_at=entry.oldest_at or stored.observed_at,
        newest_at=stored.observed_at,
    )


def _with(lost: Lost | None, stored: Stored) -> Lost:
    if lost is None:
        at = stored.observed_at
        return Lost(first_seq=stored.seq, last_seq=stored.seq, count=1, first_at=at, last_at=at)
    return replace(lost, last_seq=stored.seq, count=lost.count + 1, last_at=stored.observed_at)
