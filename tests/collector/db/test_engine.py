"""A database that cannot be used is named in one line, with what to do."""

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from sickbay_collector.core.errors import BusyError, ConfigError, StoreError
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.errors import store_errors
from sickbay_collector.db.uow import open_read_only, open_unit_of_work

AT = datetime(2026, 11, 2, tzinfo=UTC)


def test_sqlite_is_durable_and_lets_readers_read(tmp_path: Path) -> None:
    """WAL, synchronous=FULL (2), foreign keys; the file is its owner's."""
    path = tmp_path / "collector.db"
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "page_size")
        }
    engine.dispose()

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "page_size": 8192}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_made_anew_after_a_failure_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """Only the waiting differs: synchronous=OFF (0)."""
    engine = open_engine(f"sqlite:///{tmp_path / 'collector.db'}", durable=False)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()

    assert found == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("mysql://root:hunter2@db/x", "must be sqlite:///PATH or", id="other kind"),
        pytest.param("sqlite://", "must be sqlite:///PATH or", id="in memory"),
        pytest.param("sqlite:///:memory:", "must be sqlite:///PATH or", id="in memory by name"),
        pytest.param("postgresql://u:hunter2@db/x", "must be sqlite:///PATH or", id="no driver"),
        pytest.param("no url", "cannot be read", id="no URL"),
    ],
)
def test_another_url_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        open_engine(url)

    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"missing/x\.db: No such file or directory; the directory"
    ):
        open_engine(f"sqlite:///{tmp_path}/missing/x.db")


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        open_engine(f"sqlite:///{tmp_path}")


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)

    with pytest.raises(StoreError, match="not an SQLite database; move it away or name another"):
        open_engine(f"sqlite:///{path}")
    assert path.read_text().startswith("not a database")


def test_an_unreachable_server_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="database postgresql") as raised:
        open_engine(f"postgresql+psycopg://u:hunter2@/x?host={tmp_path}")

    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """And the connection that it gives back can."""
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    with store_errors(), engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE outbox (key, state, not_before, created_at, attempts, turn_at)")
        )
    with pytest.raises(StoreError, match="readonly"), open_read_only(engine)() as uow:
        uow.outbox.revive("x", now=AT)
    with open_unit_of_work(engine)() as uow:
        uow.outbox.revive("x", now=AT)
        uow.commit()
    engine.dispose()


def test_a_writer_that_never_gets_its_turn_is_told(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    opened = open_unit_of_work(engine, wait_s=0.01)
    raised: list[BusyError] = []

    def write() -> None:
        try:
            with opened():
                raised.clear()
        except BusyError as error:
            raised.append(error)

    with opened():
        second = threading.Thread(target=write)
        second.start()
        second.join()
    engine.dispose()

    assert [error.retry_after_s for error in raised] == [1.0]
