"""How far a lane is: its epoch, the last seq that is done with, the last seq that may be in use.

Kept apart from the records, so that an empty lane does not count from 1 again. The file has two
slots that are written in turn and in place: a torn write leaves the other, and a full disk does
not stand in the way.
"""

import os
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from sickbay_agent.files import sync_data, sync_folder

EPOCH_BYTES = 16
# A sector each: the unit that disks write whole.
_SLOT_BYTES = 512
_SLOT = struct.Struct("<4sQ16sQQ")
_CRC = struct.Struct("<I")
_MAGIC = b"SBM1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A lane's position."""

    epoch: bytes
    done: int = 0
    """Highest seq that was acknowledged or dropped."""
    reserved: int = 0
    """Highest seq that may have been given to a record."""


class MarkFile:
    """The file that keeps a lane's mark.

    Args:
        path: The file; made with a fresh epoch where there is none that can be read.

    Raises:
        OSError: It can be neither read nor made.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        found = _newest(os.pread(self._fd, 2 * _SLOT_BYTES, 0))
        self.is_new = found is None
        if found is None:
            self._generation, self._mark = 0, Mark(epoch=os.urandom(EPOCH_BYTES))
            os.pwrite(self._fd, bytes(2 * _SLOT_BYTES), 0)
            self._write(self._mark)
            sync_folder(path.parent)
        else:
            self._generation, self._mark = found

    @property
    def value(self) -> Mark:
        """The mark as it is on disk."""
        return self._mark

    def set_done(self, seq: int) -> None:
        """Record that everything up to seq is done with.

        Raises:
            OSError: The disk did not take it; the mark is as before.
        """
        self._write(replace(self._mark, done=seq))

    def set_reserved(self, seq: int) -> None:
        """Record that seqs up to this one may be in use.

        Raises:
            OSError: The disk did not take it; the mark is as before.
        """
        self._write(replace(self._mark, reserved=seq))

    def renew_epoch(self) -> None:
        """Start a new epoch; the seqs go on.

        Raises:
            OSError: The disk did not take it; the mark is as before.
        """
        self._write(replace(self._mark, epoch=os.urandom(EPOCH_BYTES)))

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _write(self, mark: Mark) -> None:
        generation = self._generation + 1
        content = _SLOT.pack(_MAGIC, generation, mark.epoch, mark.done, mark.reserved)
        slot = content + _CRC.pack(zlib.crc32(content))
        os.pwrite(self._fd, slot, generation % 2 * _SLOT_BYTES)
        sync_data(self._fd)
        self._generation, self._mark = generation, mark


def _newest(data: bytes) -> tuple[int, Mark] | None:
    slots = [_slot(data, offset) for offset in (0, _SLOT_BYTES)]
    return max((slot for slot in slots if slot), key=lambda slot: slot[0], default=None)


def _slot(data: bytes, offset: int) -> tuple[int, Mark] | None:
    content = data[offset : offset + _SLOT.size]
    crc = data[offset + _SLOT.size : offset + _SLOT.size + _CRC.size]
    if len(crc) < _CRC.size or _CRC.pack(zlib.crc32(content)) != crc:
        return None
    magic, generation, epoch, done, reserved = _SLOT.unpack(content)
    if magic != _MAGIC:
        return None
    return generation, Mark(epoch=epoch, done=done, reserved=reserved)
