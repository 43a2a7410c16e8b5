"""How far a device's lanes are durable, and whether a record is new.

A record's key is (device, lane, spool epoch, seq). Agents send in order of seq, so one mark per
lane answers for all that came before. The last 64 content hashes tell a repeated record from a
different one under the same key, which only a copy of the agent's state directory can produce.
"""

from dataclasses import dataclass
from enum import StrEnum

HASH_BYTES = 4
REMEMBERED = 64
# Each wiped spool begins an epoch; more than this in a row is no accident.
_CLOSED = 4


class Lane(StrEnum):
    """An ordered stream of records within one device."""

    SAMPLES = "samples"
    EVENTS = "events"
    STATE = "state"


class Novelty(StrEnum):
    """What a record is, compared with what is durable."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CLONE_SUSPECTED = "clone_suspected"


@dataclass(frozen=True, slots=True)
class LaneMark:
    """The highest durable seq of a lane, and short hashes of the records up to it."""

    epoch: bytes
    seq: int
    hashes: bytes
    """The hash of the record at `seq` stands last; contiguous, at most 64."""
    closed: tuple[tuple[bytes, int], ...] = ()
    """Epochs before this one with their highest durable seq, newest first, at most 4."""


def novelty(mark: LaneMark | None, *, epoch: bytes, seq: int, content_hash: bytes) -> Novelty:
    """Return whether a record is new. `content_hash` is cut to 4 bytes.

    A wiped spool has another epoch: everything in it is new.
    """
    if mark is None:
        return Novelty.NEW
    if mark.epoch != epoch:
        is_old = any(known == epoch and seq <= highest for known, highest in mark.closed)
        return Novelty.DUPLICATE if is_old else Novelty.NEW
    if seq > mark.seq:
        return Novelty.NEW
    back = mark.seq - seq + 1
    start = len(mark.hashes) - back * HASH_BYTES
    if start < 0:
        return Novelty.DUPLICATE
    known = mark.hashes[start : start + HASH_BYTES]
    same = known == content_hash[:HASH_BYTES]
    return Novelty.DUPLICATE if same else Novelty.CLONE_SUSPECTED


def advance(mark: LaneMark | None, *, epoch: bytes, seq: int, content_hash: bytes) -> LaneMark:
    """Return the mark after a new record was accepted."""
    short = content_hash[:HASH_BYTES]
    if mark is None:
        return LaneMark(epoch, seq, short)
    if mark.epoch != epoch:
        others = tuple(one for one in mark.closed if one[0] != epoch)
        return LaneMark(epoch, seq, short, ((mark.epoch, mark.seq), *others)[:_CLOSED])
    hashes = (mark.hashes + short)[-REMEMBERED * HASH_BYTES :] if seq == mark.seq + 1 else short
    return LaneMark(epoch, seq, hashes, mark.closed)
