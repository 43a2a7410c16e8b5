"""Brings a database to the schema of this program, and refuses one that is newer.

Revisions are in `migrations/versions`, packaged with the program; nobody calls Alembic's command.
"""

import math
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.engine import SQLITE, WRITES, limit
from sickbay_collector.db.errors import store_errors

# Any number that is ours: collectors that start at once migrate one after the other.
_ADVISORY_LOCK = 0x51CB_A1


def head() -> str:
    """Return the revision that this program needs."""
    return str(_scripts(_config()).get_current_head())


def current(engine: Engine) -> str | None:
    """Return the database's revision; None for an empty database.

    Raises:
        StoreError: The database cannot be read.
    """
    with store_errors(), engine.connect() as connection:
        return _revision(connection)


def check(engine: Engine) -> None:
    """Refuse a database whose schema is not the one that this program needs.

    Raises:
        StoreError: It is empty, older or newer; the message says what to do.
    """
    found = current(engine)
    refuse_newer(found)
    if found is None:
        raise StoreError("database is empty: run `sickbay migrate`")
    if found != head():
        raise StoreError(
            f"database has schema {found}, this program needs {head()}: "
            "make a copy with `sickbay backup`, then run `sickbay migrate`"
        )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, in one transaction; nothing happens if it is there.

    Args:
        engine: The database.
        revision: Where to; "head" for what this program needs.

    Raises:
        StoreError: It is newer than this program, or cannot be changed; it is as it was then.
    """
    with store_errors(), _exclusive(engine) as connection:
        refuse_newer(_revision(connection))
        command.upgrade(_config(connection), revision)
        connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision, "base" for an empty one. Data of later ones is lost.

    Raises:
        StoreError: It is newer than this program, or cannot be changed; it is as it was then.
    """
    with store_errors(), _exclusive(engine) as connection:
        refuse_newer(_revision(connection))
        command.downgrade(_config(connection), revision)
        connection.commit()


def _exclusive(engine: Engine) -> Connection:
    connection = engine.connect().execution_options(**{WRITES: True})
    # An index over years of history takes as long as it takes.
    limit(connection, math.inf)
    if engine.dialect.name != SQLITE:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    return connection


def refuse_newer(found: str | None) -> None:
    """Refuse a revision that this program does not know; None is an empty database.

    Raises:
        StoreError: It is newer; the message says what to do.
    """
    known = {script.revision for script in _scripts(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"database has schema {found}, newer than this program, which knows up to {head()}: "
            "start the version of Sickbay that wrote it, or restore a backup made before"
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _scripts(config: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(config)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
