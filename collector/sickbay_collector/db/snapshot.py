"""A copy of an SQLite database at one moment, made while others write to it.

SQLite's online backup copies the pages, never the file: a copied file misses what is in the
write-ahead log. One read transaction is held all the way, so that the copy is what was committed
when it began and a writer cannot make it begin anew; the log grows meanwhile.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sickbay_collector.core.errors import StoreError

CopyProgress = Callable[[int, int], None]
"""Is told how many bytes are copied, and of how many."""

# As the collector's own connections: longer than any transaction of ours.
_BUSY_TIMEOUT_S = 10.0
# 8 MiB at 8 KiB a page: a step that takes some milliseconds.
_PAGES_A_STEP = 1024
# A damaged database has thousands of complaints that say the same.
_COMPLAINTS_SHOWN = 3


def copy_database(
    source: Path, target: Path, progress: CopyProgress, *, pages_a_step: int = _PAGES_A_STEP
) -> None:
    """Write what is committed in `source` now to the new file `target`.

    Args:
        source: A database that may be in use.
        target: Where to; nothing is there yet.
        progress: Is told after each step.
        pages_a_step: How many pages are copied between two calls of it.

    Raises:
        StoreError: There is no such database, it cannot be read, or the disk is full.
    """
    with _opened(source, "rw") as reader:
        page_bytes = int(reader.execute("PRAGMA page_size").fetchone()[0])
        reader.execute("BEGIN")
        # A transaction begins to see at its first read.
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()

        def copied(_status: int, left: int, total: int) -> None:
            progress((total - left) * page_bytes, total * page_bytes)

        with _opened(target, "rwc") as writer:
            reader.backup(writer, pages=pages_a_step, progress=copied)
            # Without a log the copy is one file, whoever opens it.
            writer.execute("PRAGMA journal_mode=DELETE")


def revision_of(copy: Path) -> str | None:
    """Return the schema revision of a database that nobody writes to; None for an empty one.

    Raises:
        StoreError: It cannot be read.
    """
    with _opened(copy, "ro") as connection:
        tables = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'")
        if tables.fetchone() is None:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if found is None else str(found[0])


def check_copy(copy: Path) -> None:
    """Check that a database that nobody writes to is whole.

    Raises:
        StoreError: It is damaged; the message has SQLite's first complaints.
    """
    with _opened(copy, "ro") as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    if found != ["ok"]:
        raise StoreError(f"database is damaged: {complaints(found)}")


def complaints(lines: list[str]) -> str:
    """Return what SQLite complains of on one line, the first few of it."""
    shown = [" ".join(line.split()) for line in lines[:_COMPLAINTS_SHOWN]]
    more = f" and {len(lines) - len(shown)} more" if len(lines) > len(shown) else ""
    return "; ".join(shown) + more


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
        )
        with closing(connection):
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"database {path}: {error}") from error
