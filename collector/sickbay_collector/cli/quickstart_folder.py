"""The quick start's folder: made open to its owner alone, used by one quick start at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sickbay_collector.core.errors import StoreError

_TECHNICIAN = """\
# Made by the quick start once; change it as you like.
technicians:
  - login: {login}
    name: Administrator
    skills:
      {{hardware: 3, storage: 3, software: 3, network: 3, access: 3, database: 3, servers: 3}}
    tiers: [L1, L2, L3, SEC]
"""


@contextmanager
def own_folder(directory: Path) -> Iterator[None]:
    """Make the folders where there are none, and keep other quick starts out of them.

    The lock is the kernel's: it ends with this process, however that ends.

    Raises:
        StoreError: One of them cannot be made, or another quick start uses them.
    """
    _make(directory)
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def make_technician(folder: Path, login: str) -> None:
    """Make the first technician, so that tickets have somebody to go to; a folder stays as it is.

    Raises:
        StoreError: It cannot be written.
    """
    if folder.exists():
        return
    try:
        folder.mkdir(parents=True, mode=0o700)
        (folder / "technicians.yaml").write_text(_TECHNICIAN.format(login=login))
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; choose another --dir") from None


def _make(directory: Path) -> None:
    for folder in (directory, directory / "agent", directory / "rules.d"):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}; choose another --dir") from None
    if not os.access(directory, os.W_OK):
        raise StoreError(f"{directory}: Permission denied; choose another --dir")


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            f"{directory}: a quick start runs here already; stop it, or choose another --dir"
        ) from None
