"""Making a backup while the collector runs.

The database is copied to a private directory beside the archive, checked there and packed; the
archive gets its name only when it is whole and on the disk.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sickbay_collector import __version__
from sickbay_collector.backup.archive import writing
from sickbay_collector.backup.manifest import (
    DATABASE,
    MANIFEST,
    MEMBERS_LIMIT,
    NAME_LIMIT_BYTES,
    SMALL_LIMIT_BYTES,
    Manifest,
    Member,
    allowed_name,
    encode,
)
from sickbay_collector.core.errors import ConfigError, ConflictError, InvalidError, StoreError
from sickbay_collector.db.snapshot import check_copy, copy_database, revision_of

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how many bytes of it are done, and of how many."""

_CHUNK_BYTES = 1024 * 1024
_CA_FILES = ("ca.key", "ca.crt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What goes into a backup."""

    database: Path | None
    """None leaves the database out."""
    ca: Path
    rules: Path
    """May be missing: there are no rules of the site then."""
    sla: Path
    """The same for calendars and policies."""
    desk: Path
    """The same for the desk's configuration."""


def sources(
    database: Path | None, ca: Path, rules: Path, sla: Path, desk: Path, *, with_database: bool
) -> Sources:
    """Return what goes into a backup of a collector with this database; None is PostgreSQL.

    Raises:
        ConfigError: The database is on PostgreSQL and not left out.
    """
    if database is None and with_database:
        raise ConfigError(
            "the database is on PostgreSQL: back it up with pg_dump, and the CA and rules with "
            "`sickbay backup --without-database FILE`"
        )
    return Sources(
        database=database if with_database else None, ca=ca, rules=rules, sla=sla, desk=desk
    )


def make_backup(
    what: Sources, file: Path, *, now: datetime, overwrite: bool, progress: Progress
) -> Manifest:
    """Write a backup, readable by its owner only: it holds the authority's key.

    Args:
        what: The collector's files; its database may be in use.
        file: The archive to write.
        now: The present time.
        overwrite: Whether a file of that name may be replaced.
        progress: Is told as it goes on.

    Raises:
        ConflictError: The file is there already.
        InvalidError: A rule file cannot be in a backup: its name or size.
        StoreError: Something cannot be read, is damaged, or the disk is full.
    """
    with _disk_errors(file):
        _refuse_taken(file, overwrite=overwrite)
        return _make(what, file, now, progress)


def _refuse_taken(file: Path, *, overwrite: bool) -> None:
    if not file.parent.is_dir():
        raise StoreError(f"{file.parent} is no directory: make it first")
    if file.is_dir():
        raise ConflictError(f"{file} is a directory: name a file in it")
    if file.exists() and not overwrite:
        raise ConflictError(f"{file} is there already: name another, or use --force")


def _make(what: Sources, file: Path, now: datetime, progress: Progress) -> Manifest:
    with _private_folder(file.parent) as folder:
        small = _small_files(what)
        copy, revision = _copied(what.database, folder, progress)
        manifest = Manifest(
            version=__version__,
            schema_revision=revision,
            created_at=now,
            members=tuple(_members(copy, small, progress)),
        )
        packed = folder / "packed"
        _pack(packed, manifest, copy, small, progress)
        packed.replace(file)
        sync_folder(file.parent)
    return manifest


def sync_folder(folder: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copied(
    database: Path | None, folder: Path, progress: Progress
) -> tuple[Path | None, str | None]:
    """Return a checked copy of the database and its schema revision."""
    if database is None:
        return None, None
    if not database.exists():
        raise StoreError(
            f"database {database} is not there: name the collector's settings or directory"
        )
    copy = folder / DATABASE
    copy_database(database, copy, lambda done, total: progress("copying", done, total))
    check_copy(copy)
    return copy, revision_of(copy)


def _small_files(what: Sources) -> dict[str, bytes]:
    """Return the content of the authority's and the site's files."""
    missing = [name for name in _CA_FILES if not (what.ca / name).is_file()]
    if missing:
        raise StoreError(f"{what.ca / missing[0]} is not there: devices trust nothing else")
    found = {f"ca/{name}": _read(what.ca / name) for name in _CA_FILES}
    found |= _site_files("rules.d", what.rules) | _site_files("sla.d", what.sla)
    found |= _site_files("desk.d", what.desk)
    # The database is one more.
    if len(found) >= MEMBERS_LIMIT:
        raise InvalidError(
            f"{what.rules}, {what.sla} and {what.desk}: "
            f"at most {MEMBERS_LIMIT - 3} files fit in a backup"
        )
    return found


def _site_files(folder: str, place: Path) -> dict[str, bytes]:
    """Return the content of a site's own files, by their names in the backup."""
    found = {}
    for path in sorted(place.glob("*.yaml")):
        name = f"{folder}/{path.name}"
        if not path.is_file() or path.name.startswith("."):
            continue
        if not allowed_name(name):
            raise InvalidError(
                f"{path}: the name must be plain and have at most "
                f"{NAME_LIMIT_BYTES - len(folder) - 1} bytes"
            )
        found[name] = _read(path)
    return found


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(SMALL_LIMIT_BYTES + 1)
    if len(data) > SMALL_LIMIT_BYTES:
        raise InvalidError(f"{path}: is larger than {SMALL_LIMIT_BYTES} bytes")
    return data


def _members(copy: Path | None, small: dict[str, bytes], progress: Progress) -> Iterator[Member]:
    for name, data in small.items():
        yield Member(name=name, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    if copy is not None:
        size_bytes = copy.stat().st_size
        yield Member(name=DATABASE, size_bytes=size_bytes, sha256=_hash(copy, size_bytes, progress))


def _hash(path: Path, size_bytes: int, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK_BYTES):
            digest.update(piece)
            done += len(piece)
            progress("hashing", done, size_bytes)
    return digest.hexdigest()


def _pack(
    packed: Path, manifest: Manifest, copy: Path | None, small: dict[str, bytes], progress: Progress
) -> None:
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with writing(stream, at=manifest.created_at) as archive:
            archive.add_bytes(MANIFEST, encode(manifest))
            for name, data in small.items():
                archive.add_bytes(name, data)
            if copy is not None:
                done = [0]

                def moved(count: int) -> None:
                    done[0] += count
                    progress("packing", done[0], manifest.size_bytes)

                archive.add_file(DATABASE, copy, moved)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def _private_folder(parent: Path) -> Iterator[Path]:
    """Make a directory that only its owner can enter, and remove it with all that is left."""
    folder = Path(tempfile.mkdtemp(prefix=".sickbay-backup-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or file
        raise StoreError(f"backup {file}: {where}: {error.strerror}") from error
