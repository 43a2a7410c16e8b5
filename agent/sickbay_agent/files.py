"""Files that survive a crash: whole old content or whole new content, and one owner at a time."""

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def sync_data(fd: int) -> None:
    """Wait until a file's content is on the disk.

    Raises:
        OSError: The system cannot promise it; the content must be taken as lost.
    """
    if sys.platform == "linux":
        os.fdatasync(fd)
    else:
        os.fsync(fd)


def sync_folder(folder: Path) -> None:
    """Wait until new, renamed and removed names of a folder are on the disk."""
    if sys.platform == "win32":  # there is no handle of a folder to sync
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write all of data at the file's position; a short write is continued."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace a file's content so that a crash leaves either the old or the new.

    Raises:
        OSError: The old content is still there; a file ".tmp" beside it may be left.
    """
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.chmod(temporary, mode)  # noqa: PTH101 - a file left by a crash keeps its old mode
        write_all(fd, data)
        sync_data(fd)
    finally:
        os.close(fd)
    temporary.replace(path)
    sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make a folder and its parents; only the owner may look inside."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


class FileLock:
    """A lock that one process holds and the system takes back when the process ends.

    Args:
        path: The lock file; it is made where missing and stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock; return whether it was free.

        Raises:
            OSError: The file cannot be opened.
        """
        file = self._path.open("ab")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
