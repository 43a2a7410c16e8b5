"""A file of frames, named after its first seq; only the newest of a lane is still written to.

Its header names the seq before its first, so that a segment that vanished is missed.
"""

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sickbay_agent.files import sync_data, sync_folder, write_all, write_atomically
from sickbay_agent.spool.frame import Damage, Stored, encode_frame, scan

SEGMENT_BYTES = 1 << 20
_MAGIC = b"SBSPOOL1"
_HEADER = struct.Struct("<8sQ")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
_NAME = re.compile(r"(\d{20})\.segment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What a segment's file holds."""

    first_seq: int
    """By its name."""
    previous_seq: int | None
    """The seq before its first; None when the header is damaged."""
    size_bytes: int
    items: Iterator[Stored | Damage]


def segment_path(folder: Path, first_seq: int) -> Path:
    """Return the path of the segment that begins with a seq."""
    return folder / f"{first_seq:020}.segment"


def first_seq_of(path: Path) -> int | None:
    """Return the first seq of a segment by its name; None for a name that is no segment's."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match and path.is_file() else None


def read_segment(path: Path) -> Segment:
    """Return what is in a segment; a damaged header costs only the header.

    Raises:
        OSError: The file cannot be read.
    """
    data = path.read_bytes()
    first_seq = int(path.name.split(".", 1)[0])
    return Segment(
        first_seq=first_seq,
        previous_seq=_previous_seq(data),
        size_bytes=len(data),
        items=scan(data, min(HEADER_BYTES, len(data))),
    )


def rewrite_segment(path: Path, previous_seq: int, records: list[Stored]) -> int:
    """Replace a damaged segment by one of its good records; return its size in bytes.

    Raises:
        OSError: The damaged one is still there.
    """
    data = _header(previous_seq) + b"".join(map(encode_frame, records))
    write_atomically(path, data)
    return len(data)


def repair_header(path: Path, previous_seq: int) -> None:
    """Write a segment's header anew.

    Raises:
        OSError: The disk did not take it.
    """
    fd = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(fd, _header(previous_seq), 0)
        sync_data(fd)
    finally:
        os.close(fd)


class SegmentWriter:
    """Appends to a new segment; what `append` returned from is on the disk.

    Raises:
        OSError: The segment cannot be made; nothing of it is left.
    """

    def __init__(self, path: Path, previous_seq: int) -> None:
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.size_bytes = 0
        try:
            self._write(_header(previous_seq))
            sync_folder(path.parent)
        except OSError:
            os.close(self._fd)
            path.unlink(missing_ok=True)
            raise

    def append(self, stored: Stored) -> None:
        """Write a record and wait until it is on the disk.

        Raises:
            OSError: It is not there; the segment must not be written to any more.
        """
        self._write(encode_frame(stored))

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _write(self, data: bytes) -> None:
        try:
            write_all(self._fd, data)
            sync_data(self._fd)
        except OSError:
            os.ftruncate(self._fd, self.size_bytes)
            raise
        self.size_bytes += len(data)


def _header(previous_seq: int) -> bytes:
    content = _HEADER.pack(_MAGIC, previous_seq)
    return content + _CRC.pack(zlib.crc32(content))


def _previous_seq(data: bytes) -> int | None:
    content, crc = data[: _HEADER.size], data[_HEADER.size : HEADER_BYTES]
    if len(crc) < _CRC.size or _CRC.pack(zlib.crc32(content)) != crc:
        return None
    magic, previous_seq = _HEADER.unpack(content)
    return int(previous_seq) if magic == _MAGIC else None
