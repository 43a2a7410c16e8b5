"""Opens the database: an embedded SQLite file, or PostgreSQL.

SQLite runs in WAL mode with synchronous=FULL: readers never wait for the writer, and what was
committed survives a power failure. A transaction that writes takes the lock when it begins, so
that it never has to give up half-way.
"""

import os
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from sickbay_collector.core.errors import ConfigError, StoreError

WRITES = "sickbay_writes"
"""Execution option of connections whose transaction will write."""

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

# FastAPI runs at most 40 handlers at once; a reader that finds no connection waits 10 s.
_POOL_SIZE = 8
_POOL_OVERFLOW = 32
_POOL_TIMEOUT_S = 10
# Longer than any transaction of ours, shorter than a person's patience.
_BUSY_TIMEOUT_MS = 10_000
# A device's state row is 5 to 10 KB; with pages of 8 KB an update writes a third fewer pages per
# second than with the default of 4 KB (measured).
_PAGE_BYTES = 8192
_CACHE_KIB = 32_768
# A device's page is rewritten every minute; the longer the log, the more versions of it are
# copied into the file once. 32 MiB of log.
_WAL_PAGES = 4_096
# Parameters of a PostgreSQL URL that are secrets. Source: libpq, "Parameter Key Words".
_SECRET_PARAMETERS = frozenset({"password", "sslpassword", "oauth_client_secret"})
# As SQLAlchemy writes it in the place of the password.
_MASK = "***"


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Return an engine for the database, after one connection was tried.

    Args:
        url: `sqlite:///PATH` or `postgresql+psycopg://USER@HOST/NAME`.
        durable: Whether a commit waits for the disk of an SQLite file. Where it does not, a power
            failure damages the file: only for what is then made anew.

    Raises:
        ConfigError: The URL is neither.
        StoreError: The database cannot be opened; the message says which and why.
    """
    parsed = parse_url(url)
    on_sqlite = parsed.get_backend_name() == SQLITE
    engine = _sqlite(parsed, durable=durable) if on_sqlite else _postgresql(parsed)
    try:
        with engine.connect():
            return engine
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise StoreError(f"database {_shown(parsed)}: {_reason(error)}") from error


def parse_url(url: str) -> URL:
    """Return a database's URL in its parts.

    Raises:
        ConfigError: It names neither an SQLite file nor PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "database URL cannot be read: sqlite:///PATH or postgresql+..."
        ) from error
    if parsed.drivername == SQLITE and parsed.database and parsed.database != ":memory:":
        return parsed
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    raise ConfigError(
        f"database URL {_shown(parsed)}: must be sqlite:///PATH or "
        "postgresql+psycopg://USER@HOST/NAME"
    )


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database; None for PostgreSQL.

    Raises:
        ConfigError: The URL names neither.
    """
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == SQLITE else None


def mask_url(url: str) -> str:
    """Return a database's URL without its secrets, wherever in it they stand."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return _MASK
    return _masked(parsed)


def _masked(url: URL) -> str:
    hidden = {name: _MASK for name in url.query if name in _SECRET_PARAMETERS}
    shown = url.update_query_dict(hidden).render_as_string()
    return shown.replace(quote(_MASK), _MASK)


def _shown(url: URL) -> str:
    return str(url.database) if url.drivername == SQLITE else _masked(url)


def _reason(error: DBAPIError | sqlite3.Error) -> str:
    text = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
    if "not a database" in text:
        return "this file is not an SQLite database; move it away or name another"
    return text


def _sqlite(url: URL, *, durable: bool) -> Engine:
    _create_private(Path(str(url.database)))
    engine = create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_S,
        connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000},
    )
    event.listen(engine, "connect", partial(_prepare_sqlite, durable=durable))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private(path: Path) -> None:
    """Make the file if there is none, readable by its owner only.

    Raises:
        StoreError: It cannot be made or written.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(
            f"database {path}: {error.strerror}; the directory must exist and be writable"
        ) from error


def _prepare_sqlite(
    connection: DBAPIConnection, record: ConnectionPoolEntry, *, durable: bool
) -> None:
    del record
    # pysqlite would begin transactions by itself, late and without the lock.
    connection.isolation_level = None
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        if cursor.execute("PRAGMA page_count").fetchone()[0] == 0:
            # Costs nothing that could be measured, see `vacuum`. It cannot be changed later, but
            # whoever tries waits for the writer.
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise StoreError(f"database: no WAL mode here, but {mode}; use a local file system")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> Engine:
    try:
        # psycopg is an extra: only who uses PostgreSQL has it.
        from sickbay_collector.db.patience import make_patient  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            f"database {_shown(url)}: psycopg is missing; install sickbay[collector,postgres]"
        ) from error
    engine = create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_S,
        pool_pre_ping=True,
    )
    make_patient(engine)
    return engine


def limit(connection: Connection, within_s: float | None) -> None:
    """Give the connection's transaction so many seconds from now; `math.inf` for no end.

    Only PostgreSQL heeds it: nothing but a writer of another process makes SQLite wait, and for
    that it has a limit of its own.

    Args:
        connection: Where the transaction has begun, or begins with this.
        within_s: None for the usual, 10 s.
    """
    if connection.dialect.name != SQLITE:
        from sickbay_collector.db import patience  # noqa: PLC0415 - as above

        patience.limit(connection, patience.LIMIT_S if within_s is None else within_s)
