"""Bringing a collector back from a backup, into a directory that holds nothing yet.

Everything is unpacked and verified in a private directory inside it; only then are the files moved
to their places, the database last, so that a collector never starts on half of them.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sickbay_collector.backup.archive import Entry, read_entries
from sickbay_collector.backup.manifest import (
    DATABASE,
    FOLDERS,
    MANIFEST,
    SMALL_LIMIT_BYTES,
    Manifest,
    Member,
    decode,
)
from sickbay_collector.backup.write import Progress, sync_folder
from sickbay_collector.core.errors import ConflictError, InvalidError, StoreError
from sickbay_collector.db import migrate
from sickbay_collector.db.snapshot import check_copy, revision_of

FreeBytes = Callable[[Path], int]
"""Returns how much may still be written to the disk of a directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore put in place."""

    manifest: Manifest
    needs_migration: bool
    """Whether the database's schema is older than this program's."""


def free_bytes(folder: Path) -> int:
    """Return how much may still be written to the disk of a directory."""
    return shutil.disk_usage(folder).free


def restore_backup(
    file: Path, directory: Path, *, progress: Progress, free: FreeBytes = free_bytes
) -> Restored:
    """Unpack a backup into an empty or new directory, whose owner the files will have.

    Args:
        file: The archive.
        directory: The state directory to be.
        progress: Is told as it goes on.
        free: Says how much room there is.

    Raises:
        ConflictError: The directory is not empty.
        InvalidError: The archive is no backup, is damaged, or holds what a backup may not.
        StoreError: The database is damaged or newer than this program, or the disk is full.
        Nothing is left in the directory then.
    """
    with (
        _disk_errors(directory),
        file.open("rb") as stream,
        _empty(directory),
        _staging(directory) as staging,
    ):
        manifest = _unpack(read_entries(stream), staging, progress, lambda: free(directory))
        needs_migration = _check_database(staging, manifest)
        _put_in_place(staging, directory)
    return Restored(manifest=manifest, needs_migration=needs_migration)


def _unpack(
    entries: Iterator[Entry], staging: Path, progress: Progress, free: Callable[[], int]
) -> Manifest:
    """Write the members to `staging`; return the manifest that they were checked against."""
    manifest = _manifest(next(entries, None))
    if manifest.size_bytes > (room := free()):
        raise StoreError(f"the backup needs {manifest.size_bytes} bytes, {room} are free here")
    expected = {member.name: member for member in manifest.members}
    done = 0
    for entry in entries:
        member = expected.pop(entry.name, None)
        if member is None:
            raise InvalidError(f"the backup holds {entry.name!r}, which its manifest does not name")
        if entry.size_bytes != member.size_bytes:
            raise InvalidError(
                f"{entry.name} has {entry.size_bytes} bytes, its manifest says {member.size_bytes}"
            )
        for count in _write(entry, member, staging / entry.name):
            done += count
            progress("unpacking", done, manifest.size_bytes)
    if expected:
        raise InvalidError(f"the backup lacks {min(expected)}, which its manifest names")
    return manifest


def _manifest(entry: Entry | None) -> Manifest:
    if entry is None or entry.name != MANIFEST:
        raise InvalidError(f"not a backup of Sickbay: {MANIFEST} does not come first")
    if entry.size_bytes > SMALL_LIMIT_BYTES:
        raise InvalidError(
            f"{MANIFEST} has {entry.size_bytes} bytes; at most {SMALL_LIMIT_BYTES} are allowed"
        )
    return decode(b"".join(entry.pieces))


def _write(entry: Entry, member: Member, path: Path) -> Iterator[int]:
    """Write a file that is its owner's; yield the size of each piece.

    Raises:
        InvalidError: Its hash is another than the manifest's.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        for piece in entry.pieces:
            digest.update(piece)
            stream.write(piece)
            yield len(piece)
        stream.flush()
        os.fsync(stream.fileno())
    if digest.hexdigest() != member.sha256:
        raise InvalidError(f"{entry.name} is damaged: its hash is not the manifest's")


def _check_database(staging: Path, manifest: Manifest) -> bool:
    """Return whether the database has to be migrated."""
    if not manifest.has_database:
        return False
    copy = staging / DATABASE
    check_copy(copy)
    revision = revision_of(copy)
    migrate.refuse_newer(revision)
    return revision != migrate.head()


def _put_in_place(staging: Path, directory: Path) -> None:
    for folder in FOLDERS:
        (staging / folder).mkdir(mode=0o700, exist_ok=True)
    _give_to_owner(staging, directory)
    names = [*FOLDERS, DATABASE]
    for name in names:
        if (staging / name).exists():
            sync_folder((staging / name).parent)
            (staging / name).rename(directory / name)
    sync_folder(directory)


def _give_to_owner(staging: Path, directory: Path) -> None:
    """Let root restore for the collector's own user."""
    owner = directory.stat()
    if os.geteuid() != 0 or (owner.st_uid, owner.st_gid) == (0, 0):
        return
    for path in staging.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextmanager
def _empty(directory: Path) -> Iterator[None]:
    """Make sure of an empty directory; one that was made here goes when the restore fails."""
    made = not directory.exists()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ConflictError(f"{directory} is not empty: a restore needs an empty or new directory")
    try:
        yield
    except BaseException:
        if made:
            directory.rmdir()
        raise


@contextmanager
def _staging(directory: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".restore-", dir=directory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or directory}: {error.strerror}") from error
