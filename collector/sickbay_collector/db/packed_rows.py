"""Rows of packed history: a device, an hour, day or month, and bytes.

Writes are plain statements for the driver, as in `states`, because every device closes its hour at
the same moment.
"""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import Connection, Select, Table, bindparam, select

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.engine import SQLITE

# A read names its rows; both databases take far more.
_KEYS_MAX = 5_000


class PackedRows:
    """Reads and writes them in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._on_sqlite = connection.dialect.name == SQLITE

    def read(self, table: Table, device_id: DeviceId, keys: Collection[int]) -> dict[int, bytes]:
        """Return a device's rows of these hours, days or months, in order."""
        wanted = sorted(keys)
        rows: dict[int, bytes] = {}
        for start in range(0, len(wanted), _KEYS_MAX):
            some = {"of": device_id, "keys": wanted[start : start + _KEYS_MAX]}
            for row in self._connection.execute(_reading(table), some):
                rows[row[0]] = row[1]
        return {one: rows[one] for one in wanted if one in rows}

    def write(self, table: Table, device_id: DeviceId, key: int, data: bytes) -> None:
        """Write a row, or write it anew; b"" writes nothing."""
        if data:
            name = key_of(table)
            self.run(
                f"INSERT INTO {table.name} ({name}, device_id, data) "  # noqa: S608 - fixed names
                f"VALUES (?, ?, ?) ON CONFLICT ({name}, device_id) "
                "DO UPDATE SET data = excluded.data",
                key,
                device_id,
                data,
            )

    def run(self, sql: str, *parameters: int | str | bytes) -> int:
        """Run a statement of the driver's, with ? for parameters; return the rows it changed."""
        statement = sql if self._on_sqlite else sql.replace("?", "%s")
        return self._connection.exec_driver_sql(statement, parameters).rowcount


# Made once for each of the four tables: to build a statement takes as long as to run it.
@lru_cache
def _reading(table: Table) -> Select[int, bytes]:
    key = table.c[key_of(table)]
    return select(key, table.c.data).where(
        table.c.device_id == bindparam("of"), key.in_(bindparam("keys", expanding=True))
    )


def key_of(table: Table) -> str:
    """Return the name of the column that says when."""
    return str(table.columns[0].name)
