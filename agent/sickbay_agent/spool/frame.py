"""One record as bytes that tell damage: mark, length, CRC32, seq, time, body.

The CRC covers seq, time and body. The mark lets a reader find the next frame behind damage, even
when the damaged bytes were a length.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# No UTF-8 text holds 0xF5, and protobuf bodies rarely hold the four bytes; a false mark is found
# out by its CRC.
MARK = b"\xf5SBF"
_FRAME = struct.Struct("<4sII")
_KEY = struct.Struct("<Qq")
HEADER_BYTES = _FRAME.size + _KEY.size
# A batch of one record must fit into a report of 1 MiB, envelope included.
MAX_BODY_BYTES = (1 << 20) - 4096

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record in a lane."""

    seq: int
    observed_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes that are no frame."""

    frames: int
    """Frames that seem to have been there, at least 1."""


def encode_frame(stored: Stored) -> bytes:
    """Return a record's frame."""
    observed_us = (stored.observed_at - _EPOCH) // _MICROSECOND
    content = _KEY.pack(stored.seq, observed_us) + stored.body
    return _FRAME.pack(MARK, len(stored.body), zlib.crc32(content)) + content


def scan(data: bytes, offset: int = 0) -> Iterator[Stored | Damage]:
    """Return the frames from an offset on, in order, and where there are none, the damage."""
    while offset < len(data):
        stored = _frame_at(data, offset)
        if stored is not None:
            yield stored
            offset += HEADER_BYTES + len(stored.body)
            continue
        end = _next_frame(data, offset + 1)
        yield Damage(frames=max(1, data.count(MARK, offset, end)))
        offset = end


def _frame_at(data: bytes, offset: int) -> Stored | None:
    """Return the frame at an offset; None when it is cut short or damaged."""
    if len(data) - offset < HEADER_BYTES:
        return None
    mark, length, crc = _FRAME.unpack_from(data, offset)
    start, body = offset + _FRAME.size, offset + HEADER_BYTES
    end = body + length
    if mark != MARK or end > len(data) or zlib.crc32(memoryview(data)[start:end]) != crc:
        return None
    seq, observed_us = _KEY.unpack_from(data, start)
    return Stored(seq=seq, observed_at=_EPOCH + observed_us * _MICROSECOND, body=data[body:end])


def _next_frame(data: bytes, offset: int) -> int:
    """Return where the next good frame begins, or the end."""
    while (found := data.find(MARK, offset)) >= 0:
        if _frame_at(data, found) is not None:
            return found
        offset = found + 1
    return len(data)
