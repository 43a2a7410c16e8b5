"""Errors of the database become ours: in the driver's words, without statement and values."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sickbay_collector.core.errors import BusyError, ConflictError, SickbayError, StoreError
from sickbay_collector.db.errors import store_errors


def _error(kind: type[DBAPIError], words: str) -> DBAPIError:
    return kind("INSERT INTO secrets", ("hunter2",), Exception(words))


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        pytest.param(
            _error(IntegrityError, "UNIQUE constraint failed: outbox.key\nDETAIL: hunter2"),
            ConflictError("database refused the change: UNIQUE constraint failed: outbox.key"),
            id="a rule of the schema",
        ),
        pytest.param(
            _error(OperationalError, "database is locked"),
            BusyError("database is busy: database is locked", retry_after_s=1.0),
            id="another process writes",
        ),
        pytest.param(
            _error(OperationalError, "deadlock detected"),
            BusyError("database is busy: deadlock detected", retry_after_s=1.0),
            id="deadlock",
        ),
        pytest.param(
            PoolTimeoutError("QueuePool limit"),
            BusyError("database: all connections are in use", retry_after_s=1.0),
            id="no connection left",
        ),
        pytest.param(
            _error(OperationalError, "database or disk is full"),
            StoreError("database: database or disk is full"),
            id="disk full",
        ),
        pytest.param(
            _error(DBAPIError, "file is encrypted"),
            StoreError("database: file is encrypted"),
            id="anything else",
        ),
    ],
)
def test_an_error_of_the_database_becomes_ours(
    raised: SQLAlchemyError, expected: SickbayError
) -> None:
    with pytest.raises(type(expected)) as caught, store_errors():
        raise raised

    assert str(expected) == str(caught.value)


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError, match="mine"), store_errors():
        raise KeyError("mine")
