"""A lane that keeps only its newest record: each append replaces the one before."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sickbay_agent.files import make_private_folder, sync_folder, write_atomically
from sickbay_agent.spool.fifo import MARK_NAME, RESERVE, Depth
from sickbay_agent.spool.frame import HEADER_BYTES, Stored, encode_frame, scan
from sickbay_agent.spool.mark import MarkFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """What waits, without its body."""

    seq: int
    observed_at: datetime
    size_bytes: int


class LatestLane:
    """The newest record only, on disk.

    Args:
        folder: Where the lane's files are; made where missing.

    Raises:
        OSError: The folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        make_private_folder(folder)
        self._path = folder / "newest"
        self._mark = MarkFile(folder / MARK_NAME)
        stored = self._read()
        if stored is None and self._path.exists():
            # The agent takes its state anew at every start, so nothing is lost for long.
            log.warning("spool=%s damaged, removed", self._path)
            self._path.unlink()
        self._last_seq = max(self._mark.value.reserved, stored.seq if stored else 0)
        self._waiting = _slot(stored) if stored and stored.seq > self._mark.value.done else None

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
        """What waits here: one record or none."""
        slot = self._waiting
        if slot is None:
            return Depth(records=0, size_bytes=0, oldest_at=None)
        return Depth(records=1, size_bytes=slot.size_bytes, oldest_at=slot.observed_at)

    def append(self, body: bytes, observed_at: datetime) -> int:
        """Put a record in the place of the one before; return its seq once it is on the disk.

        Raises:
            OSError: It is not stored; the one before still is.
        """
        seq = self._last_seq + 1
        if seq > self._mark.value.reserved:
            self._mark.set_reserved(seq + RESERVE - 1)
        self._last_seq = seq
        stored = Stored(seq=seq, observed_at=observed_at, body=body)
        write_atomically(self._path, encode_frame(stored))
        self._waiting = _slot(stored)
        return seq

    def peek(self) -> tuple[Stored, ...]:
        """Return the record, if one waits and can be read."""
        if self._waiting is None:
            return ()
        stored = self._read()
        if stored is None:
            log.warning("spool=%s damaged, removed", self._path)
            self._path.unlink(missing_ok=True)
            self._waiting = None
            return ()
        return (stored,)

    def ack(self, seq: int) -> None:
        """Forget the record if its seq is not above this one.

        Raises:
            OSError: The disk did not take it; the record is sent again.
        """
        if seq <= self._mark.value.done:
            return
        self._mark.set_done(min(seq, self._last_seq))
        if self._waiting is not None and self._waiting.seq <= seq:
            self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)
            self._waiting = None

    def renew_epoch(self) -> None:
        """Start a new epoch: the collector knows nothing of what waits here.

        Raises:
            OSError: The disk did not take it.
        """
        self._mark.renew_epoch()

    def close(self) -> None:
        """Write down the last seq in use and close the files."""
        try:
            self._mark.set_reserved(self._last_seq)
        except OSError as error:  # the next start counts on from the reserved seq instead
            log.warning("spool=%s mark not written: %s", self._path, error.strerror)
        self._mark.close()

    def _read(self) -> Stored | None:
        try:
            data = self._path.read_bytes()
        except OSError:
            return None
        item = next(iter(scan(data)), None)
        return item if isinstance(item, Stored) else None


def _slot(stored: Stored) -> _Slot:
    return _Slot(
        seq=stored.seq,
        observed_at=stored.observed_at,
        size_bytes=HEADER_BYTES + len(stored.body),
    )
