"""Reading and writing a gzipped tar archive of plain files, and nothing else that tar knows.

The reader takes one header block a member and no extension headers: those may claim gigabytes that
tarfile would read into memory, and links, devices or directories have no place in a backup.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sickbay_collector.core.errors import InvalidError

Moved = Callable[[int], None]
"""Is told of each piece how many bytes it had."""

_CHUNK_BYTES = 1024 * 1024
# Closed hours are compressed already: higher levels cost time and save nothing.
_LEVEL = 4
# tar pads to records of 20 blocks; what follows the end and is longer is no padding.
_PADDING_LIMIT_BYTES = 64 * 1024
_END = bytes(tarfile.BLOCKSIZE)


class ArchiveWriter:
    """Adds plain files to an archive; see `writing`."""

    def __init__(self, tar: tarfile.TarFile, at: datetime) -> None:
        self._tar = tar
        self._at = at

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file of this content."""
        self._tar.addfile(self._header(name, len(data)), io.BytesIO(data))

    def add_file(self, name: str, path: Path, moved: Moved) -> None:
        """Add a file from the disk."""
        with path.open("rb") as stream:
            reader = _Counting(stream, moved)
            self._tar.addfile(self._header(name, path.stat().st_size), reader)

    def _header(self, name: str, size_bytes: int) -> tarfile.TarInfo:
        header = tarfile.TarInfo(name)
        header.size = size_bytes
        header.mode = 0o600
        header.mtime = int(self._at.timestamp())
        return header


@contextmanager
def writing(stream: BinaryIO, *, at: datetime) -> Iterator[ArchiveWriter]:
    """Write an archive to a stream, which stays open.

    Args:
        stream: Where to.
        at: The time that its files bear.
    """
    with (
        gzip.GzipFile(
            filename="", fileobj=stream, mode="wb", compresslevel=_LEVEL, mtime=int(at.timestamp())
        ) as packed,
        # This format has file sizes above 8 GiB without an extension header.
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        yield ArchiveWriter(tar, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file in an archive that is being read."""

    name: str
    size_bytes: int
    pieces: Iterator[bytes]
    """Its content, which must be read before the next entry is asked for."""


def read_entries(stream: BinaryIO) -> Iterator[Entry]:
    """Yield the files of an archive, one after the other.

    Raises (while it is read):
        InvalidError: It is damaged, ends too early, or holds anything but plain files.
    """
    with _damage_named(), gzip.GzipFile(fileobj=stream, mode="rb") as packed:
        while (header := _header(packed)) is not None:
            left = [header.size]
            yield Entry(
                name=header.name, size_bytes=header.size, pieces=_pieces(packed, header.name, left)
            )
            if left[0]:
                raise InvalidError(f"{header.name} was not read to its end")
            _exactly(packed, -header.size % tarfile.BLOCKSIZE)
        _check_end(packed)


def _header(packed: gzip.GzipFile) -> tarfile.TarInfo | None:
    block = _exactly(packed, tarfile.BLOCKSIZE)
    if block == _END:
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise InvalidError(f"the archive is damaged: {error}") from None
    if header.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or header.size < 0:
        raise InvalidError(f"{header.name!r} is no plain file: a backup holds nothing else")
    return header


def _pieces(packed: gzip.GzipFile, name: str, left: list[int]) -> Iterator[bytes]:
    """Yield the content; `left` counts down the bytes that are still to be read."""
    while left[0]:
        with _damage_named():
            piece = packed.read(min(_CHUNK_BYTES, left[0]))
        if not piece:
            raise InvalidError(f"the archive ends within {name}: it was cut off")
        left[0] -= len(piece)
        yield piece


def _exactly(packed: gzip.GzipFile, count: int) -> bytes:
    data = packed.read(count)
    if len(data) != count:
        raise InvalidError("the archive ends too early: it was cut off")
    return data


def _check_end(packed: gzip.GzipFile) -> None:
    """Read to the end, where gzip's own checksum stands."""
    rest = packed.read(_PADDING_LIMIT_BYTES)
    if rest.strip(b"\0") or len(rest) == _PADDING_LIMIT_BYTES or packed.read(1):
        raise InvalidError("the archive goes on behind its end")


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except gzip.BadGzipFile as error:
        raise InvalidError(f"not a backup, or damaged: {error}") from None
    except (EOFError, zlib.error) as error:
        raise InvalidError(f"the archive is damaged: {error}") from None


class _Counting(io.RawIOBase):
    """Reads a stream and tells how much."""

    def __init__(self, stream: BinaryIO, moved: Moved) -> None:
        super().__init__()
        self._stream = stream
        self._moved = moved

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        data = self._stream.read(size)
        self._moved(len(data))
        return data
