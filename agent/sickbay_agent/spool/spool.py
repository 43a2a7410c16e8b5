"""The three lanes together: limits, room on a full disk, and word of every loss.

The oldest goes first, samples before events. Each loss becomes a gap record in the events lane;
a gap that the disk has no room for waits in memory until it has.
"""

import errno
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Self

from sickbay_agent.errors import SpoolError
from sickbay_agent.files import FileLock, make_private_folder
from sickbay_agent.model.record import Gap, Lane
from sickbay_agent.spool.fifo import DamagedError, Depth, FifoLane
from sickbay_agent.spool.frame import HEADER_BYTES, MAX_BODY_BYTES, Stored
from sickbay_agent.spool.latest import LatestLane
from sickbay_agent.spool.quarantine import Quarantine
from sickbay_agent.spool.recovery import Lost
from sickbay_agent.spool.segment import SEGMENT_BYTES

log = logging.getLogger(__name__)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLimits:
    """How much the spool may hold, whichever is reached first. A proposal, not yet measured."""

    max_bytes: int = 64 << 20
    max_age: timedelta = timedelta(days=7)
    segment_bytes: int = SEGMENT_BYTES


class Spool:
    """Where records wait until the collector has them. One process at a time.

    Args:
        folder: The spool's own folder; made where missing.
        limits: How much it may hold.
        encode_gap: Turns a gap into the body of a record; the second argument is now.
        now: The device's clock.

    Raises:
        SpoolError: The folder cannot be used, or another process uses it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: SpoolLimits,
        encode_gap: Callable[[Gap, datetime], bytes],
        now: datetime,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._encode_gap = encode_gap
        self._gaps: list[Gap] = []
        self._lock = FileLock(folder / "lock")
        try:
            self._take_lock()
            fifo = {
                lane: FifoLane(folder / lane, segment_bytes=limits.segment_bytes)
                for lane in (Lane.SAMPLES, Lane.EVENTS)
            }
            self._state = LatestLane(folder / Lane.STATE)
        except OSError as error:
            self._lock.release()
            raise _unusable(folder, error) from None
        self._fifo: Mapping[Lane, FifoLane] = MappingProxyType(fifo)
        self._lanes: Mapping[Lane, FifoLane | LatestLane] = MappingProxyType(
            {**fifo, Lane.STATE: self._state}
        )
        self._quarantine = Quarantine(folder)
        self._is_open = True
        for lane, opened in fifo.items():
            self._note(lane, opened.lost_at_open, "damaged")
        self._write_gaps(now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def epoch(self, lane: Lane) -> bytes:
        """Return the 16 random bytes that a lane's seqs count within."""
        return self._lanes[lane].epoch

    @property
    def depths(self) -> Mapping[Lane, Depth]:
        """What waits in each lane."""
        return {lane: opened.depth for lane, opened in self._lanes.items()}

    def append(self, lane: Lane, body: bytes, observed_at: datetime) -> int:
        """Store a record, at the cost of the oldest ones where there is no room.

        Returns:
            The record's seq, once it is on the disk.

        Raises:
            SpoolError: It is too large or could not be stored; the error says why.
        """
        if len(body) > MAX_BODY_BYTES:
            raise SpoolError(
                f"a record of {len(body)} bytes is over the limit of {MAX_BODY_BYTES} bytes"
            )
        self._keep_below(self._limits.max_bytes - len(body) - HEADER_BYTES, observed_at)
        seq = self._append(lane, body, observed_at)
        self._write_gaps(observed_at)
        return seq

    def peek(self, lane: Lane, max_records: int, max_bytes: int) -> tuple[Stored, ...]:
        """Return a lane's oldest records, at least one if any waits.

        Damage that is found on the way is mended first and told as a gap.

        Raises:
            SpoolError: The lane cannot be read or mended.
        """
        if lane is Lane.STATE:
            return self._state.peek()
        opened = self._fifo[lane]
        try:
            try:
                return opened.peek(max_records, max_bytes)
            except DamagedError as damage:
                log.warning("spool %s", damage)
                self._note(lane, opened.repair(), "damaged")
                return opened.peek(max_records, max_bytes)
        except (OSError, DamagedError) as error:
            raise SpoolError(f"spool {self._folder / lane} cannot be read: {error}") from None

    def ack(self, lane: Lane, epoch: bytes, seq: int) -> None:
        """Forget what the collector has: everything of the lane up to seq.

        A seq that was never given out comes from a time that this spool does not remember: it
        was restored from an old copy. Then a new epoch begins, for the collector would take what
        waits here for duplicates.

        Raises:
            SpoolError: The disk did not take it; the records are sent again.
        """
        opened = self._lanes[lane]
        if epoch != opened.epoch:
            log.warning("lane=%s acknowledgement for another epoch ignored", lane)
            return
        try:
            if seq > opened.last_seq:
                log.warning("lane=%s collector knows seq %d of an older copy", lane, seq)
                opened.renew_epoch()
            else:
                opened.ack(seq)
        except OSError as error:
            raise _unusable(self._folder, error) from None

    def expire(self, now: datetime) -> None:
        """Give up what is older than the limit; call it now and then.

        Raises:
            SpoolError: The disk did not take it.
        """
        cutoff = now - self._limits.max_age
        for lane, opened in self._fifo.items():
            try:
                lost = opened.drop_older_than(cutoff)
            except DamagedError as damage:
                log.warning("spool %s", damage)
                self._note(lane, opened.repair(), "damaged")
                continue
            except OSError as error:
                raise _unusable(self._folder, error) from None
            self._note(lane, [lost] if lost else [], "too old")
        self._write_gaps(now)

    def set_aside(self, lane: Lane, stored: Stored, *, reason: str, now: datetime) -> None:
        """Keep a copy of a record that the collector will never accept."""
        self._quarantine.add(lane=lane, seq=stored.seq, body=stored.body, reason=reason, at=now)

    def close(self) -> None:
        """Close the files and let another process have the spool; a second call does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        for opened in self._lanes.values():
            opened.close()
        self._lock.release()

    def _take_lock(self) -> None:
        make_private_folder(self._folder)
        if not self._lock.acquire():
            raise SpoolError(
                f"spool {self._folder} is in use by another agent; stop that one first"
            )

    def _append(self, lane: Lane, body: bytes, observed_at: datetime) -> int:
        while True:
            try:
                return self._lanes[lane].append(body, observed_at)
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise _unusable(self._folder, error) from None
                if not self._make_room():
                    self._note_refused(lane, observed_at)
                    raise SpoolError(
                        f"disk of {self._folder} is full and nothing is left to drop; free space"
                    ) from None

    def _keep_below(self, limit_bytes: int, now: datetime) -> None:
        dropped = False
        while self._size_bytes() > limit_bytes and self._make_room():
            dropped = True
        if dropped:
            self._write_gaps(now)

    def _size_bytes(self) -> int:
        return sum(opened.depth.size_bytes for opened in self._lanes.values())

    def _make_room(self) -> bool:
        """Give up the oldest segment, of samples if there is one; return whether there was any."""
        for lane, opened in self._fifo.items():
            if opened.depth.size_bytes == 0:
                continue
            try:
                lost = opened.drop_oldest_segment()
            except OSError as error:
                raise _unusable(self._folder, error) from None
            self._note(lane, [lost] if lost else [], "full")
            return True
        return False

    def _note_refused(self, lane: Lane, observed_at: datetime) -> None:
        """Remember a record that found no room, so that its loss is told with the next gap."""
        if lane is not Lane.STATE:
            seq = self._fifo[lane].last_seq
            lost = Lost(
                first_seq=seq, last_seq=seq, count=1, first_at=observed_at, last_at=observed_at
            )
            self._note(lane, [lost], "full")

    def _note(self, lane: Lane, losses: "list[Lost] | tuple[Lost, ...]", reason: str) -> None:
        for lost in losses:
            log.warning(
                "lane=%s seq=%d..%d lost=%d reason=%s",
                *(lane, lost.first_seq, lost.last_seq, lost.count, reason),
            )
            gap = Gap(
                lane=lane,
                first_seq=lost.first_seq,
                last_seq=lost.last_seq,
                count=lost.count,
                reason=reason,
                first_observe_at=lost.first_at,
                last_observe_at=lost.last_at,
            )
            before = self._gaps[-1] if self._gaps else None
            if before is not None and (before.lane, before.reason) == (lane, reason):
                self._gaps[-1] = _joined(before, gap)
            else:
                self._gaps.append(gap)

    def _write_gaps(self, now: datetime) -> None:
        """Move the gaps from memory to the events lane, as far as the disk takes them."""
        while self._gaps:
            gap = self._gaps[0]
            try:
                self._fifo[Lane.EVENTS].append(self._encode_gap(gap, now), now)
            except OSError as error:
                log.warning("gap not stored yet: %s", error.strerror)
                return
            del self._gaps[0]


def _joined(before: Gap, gap: Gap) -> Gap:
    return replace(
        before,
        last_seq=gap.last_seq,
        count=before.count + gap.count,
        first_observe_at=before.first_observe_at or gap.first_observe_at,
        last_observe_at=gap.last_observe_at or before.last_observe_at,
    )


def _unusable(folder: Path, error: OSError) -> SpoolError:
    return SpoolError(f"spool {folder} cannot be used: {error.strerror or error}")
