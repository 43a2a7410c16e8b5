"""The other baseline: bare upserts of rows as large as a device's, durable, a hundred a commit.

What a report costs beyond this is the price of the protocol, the checks and the rules.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

ROWS_PER_COMMIT = 100
_SQL = (
    "INSERT INTO row (id, version, data) VALUES (?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, data = excluded.data"
)


def row_bytes(database: Path) -> int:
    """Return the mean size of a device's state row in a collector's database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        query = "SELECT avg(length(state) + length(frames)) FROM device_state"
        return int(connection.execute(query).fetchone()[0])


def rows_per_cpu_s(folder: Path, *, size_bytes: int, devices: int, commits: int) -> float:
    """Return how many rows of this size SQLite upserts for each second of this process's CPU."""
    with closing(sqlite3.connect(folder / "upserts.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, version INTEGER, data BLOB)"
        )
        began = time.process_time()
        for commit in range(commits):
            data = commit.to_bytes(4, "big") * (size_bytes // 4)
            rows = [(f"device-{place % devices}", commit, data) for place in range(ROWS_PER_COMMIT)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_SQL, rows)
            connection.execute("COMMIT")
        return commits * ROWS_PER_COMMIT / (time.process_time() - began)
