"""Turns the database's errors into ours, once, at the edge of a unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sickbay_collector.core.errors import BusyError, ConflictError, InvalidError, StoreError

# One try later than the longest commit that was seen under load.
_RETRY_AFTER_S = 1.0
# SQLite's and PostgreSQL's words for waiting that came to an end.
_BUSY = ("locked", "lock timeout", "deadlock", "statement timeout")


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise errors of the database as errors of the collector.

    Raises:
        ConflictError: A rule of the schema forbids the change: a key that is taken, or one that
            names nothing.
        BusyError: Another writer held the database, it was too slow, or all connections were taken.
        InvalidError: A value is one that the database cannot hold.
        StoreError: The database cannot be used: full, read-only, unreachable, damaged.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"database refused the change: {_line(error)}") from error
    except DataError as error:
        raise InvalidError(f"database cannot hold a value: {_line(error)}") from error
    except PoolTimeoutError as error:
        raise BusyError(
            "database: all connections are in use", retry_after_s=_RETRY_AFTER_S
        ) from error
    except OperationalError as error:
        line = _line(error)
        if any(word in line for word in _BUSY):
            raise BusyError(f"database is busy: {line}", retry_after_s=_RETRY_AFTER_S) from error
        raise StoreError(f"database: {line}") from error
    except DBAPIError as error:
        raise StoreError(f"database: {_line(error)}") from error


def _line(error: DBAPIError) -> str:
    """Return the driver's own words, on one line, without the statement and its values."""
    return str(error.orig).strip().partition("\n")[0]
