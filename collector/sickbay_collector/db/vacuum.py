"""Gives space of an SQLite file back to the file system.

What is dropped leaves free pages that later rows take, so a file whose history has reached its
retention no longer grows. Only when much more is free, because retention was shortened or devices
left, is the file made smaller.
"""

from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Connection, Engine

from sickbay_collector.db.engine import SQLITE, WRITES
from sickbay_collector.db.errors import store_errors

# Of the file. What a day drops and fills again is far less.
_SPARE_RATIO = 0.25
# 4 MiB of moved pages in one transaction, some 20 ms.
_PAGES_AT_ONCE = 512
_PAUSE_S = 0.1


def give_back(engine: Engine, pause: Callable[[float], bool]) -> int:
    """Make an SQLite file smaller until a quarter of it is free; return by how many pages.

    Nothing happens on PostgreSQL, nor to files that were made without incremental vacuum.

    Args:
        engine: The database.
        pause: Waits that many seconds and returns whether to stop.

    Raises:
        BusyError: Another writer held the database for too long.
        StoreError: The database cannot be used.
    """
    if engine.dialect.name != SQLITE:
        return 0
    given = 0
    while True:
        with store_errors(), engine.connect() as connection:
            step = _step(connection.execution_options(**{WRITES: True}))
        given += step
        if not step or pause(_PAUSE_S):
            return given


def _step(connection: Connection) -> int:
    pages, free = _number(connection, "page_count"), _number(connection, "freelist_count")
    surplus = min(_PAGES_AT_ONCE, free - int(pages * _SPARE_RATIO))
    if surplus <= 0:
        return 0
    # By the driver: each page is a step, and SQLAlchemy sees no rows to step through.
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA incremental_vacuum({surplus})")
        cursor.fetchall()
    left = _number(connection, "page_count")
    connection.commit()
    return pages - left


def _number(connection: Connection, pragma: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
