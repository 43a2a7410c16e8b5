"""Connections to PostgreSQL that never wait for ever.

The server ends a statement itself at its `statement_timeout`. Where it cannot, because it hangs,
is frozen, or the network swallows what it says, the connection is closed here a little later: its
user gets an error, and the pool forgets it. Imported only where PostgreSQL is used, because psycopg
is an extra.
"""

import math
import time
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.rows import TupleRow
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

LIMIT_S = 10.0
"""How long a transaction may take unless it asks for less or more."""
# The server's own error is clearer than a closed connection, so it gets the first word.
_GRACE_S = 1.0
# The pool asks an idle connection whether it lives; that answer takes a millisecond.
_IDLE_S = 3.0
_LOCK_S = 5.0
_CONNECT_S = 5
# Somebody's transaction that is held and does nothing; longer than any of ours.
_HELD_S = 15
_SESSION: Mapping[str, str] = {
    "statement_timeout": f"{LIMIT_S:g}s",
    "lock_timeout": f"{_LOCK_S:g}s",
    "idle_in_transaction_session_timeout": f"{_HELD_S}s",
}
# A server whose machine is gone is noticed after 10 + 3 * 3 s, or 10 s after something was sent.
_NETWORK: Mapping[str, int] = {
    "connect_timeout": _CONNECT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_Result = TypeVar("_Result")


class PatientConnection(Connection[TupleRow]):
    """A psycopg connection that is closed when the server does not answer in time."""

    until_s: float | None = None
    """When its user's time is over, by `time.monotonic`; None without such a limit."""
    answer_s: float = _IDLE_S
    """How long the server may take for one answer where there is none."""

    def wait(
        self,
        gen: Generator[Any, Any, _Result],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> _Result:
        """Return what the server answers; psycopg calls this for each exchange.

        Raises:
            OperationalError: It did not answer in time; the connection is closed.
        """
        until_s = time.monotonic() + self.answer_s if self.until_s is None else self.until_s
        return super().wait(self._until(until_s, gen), interval, timeout)

    def _until(
        self, until_s: float, exchange: Generator[Any, Any, _Result]
    ) -> Generator[Any, Any, _Result]:
        try:
            wanted = next(exchange)
            while True:
                ready = yield wanted
                # Woken without anything ready: `interval` is over.
                if not ready and time.monotonic() > until_s:
                    self.pgconn.finish()
                    raise OperationalError("no answer in time; connection closed")
                wanted = exchange.send(ready)
        except StopIteration as stop:
            result: _Result = stop.value
            return result


def make_patient(engine: Engine) -> None:
    """Let an engine open connections of this kind."""

    def connect(
        _dialect: object, _entry: object, arguments: list[Any], named: dict[str, Any]
    ) -> PatientConnection:
        chosen = str(named.pop("options", ""))
        session = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        # What the database's URL says comes last and wins.
        return PatientConnection.connect(
            *arguments,
            **{**_NETWORK, "application_name": "sickbay", **named},
            options=f"{session} {chosen}".strip(),
        )

    def lent(connection: DBAPIConnection, _entry: object, _proxy: object) -> None:
        if isinstance(connection, PatientConnection):
            connection.answer_s = LIMIT_S + _GRACE_S

    def returned(connection: DBAPIConnection | None, _entry: object) -> None:
        if isinstance(connection, PatientConnection):
            connection.until_s, connection.answer_s = None, _IDLE_S

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkout", lent)
    event.listen(engine, "checkin", returned)


def limit(connection: SqlConnection, within_s: float) -> None:
    """Give the connection's transaction so many seconds from now; `math.inf` for no end."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, PatientConnection):
        return
    driver.until_s = time.monotonic() + within_s + _GRACE_S
    if within_s == LIMIT_S:
        return
    # 0 is no limit.
    limit_ms = 0 if within_s == math.inf else max(1, int(within_s * 1000))
    lock_ms = min(limit_ms, int(_LOCK_S * 1000))
    held_ms = max(limit_ms, _HELD_S * 1000) if limit_ms else 0
    connection.exec_driver_sql(
        f"SET LOCAL statement_timeout = {limit_ms}; SET LOCAL lock_timeout = {lock_ms}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {held_ms}"
    )
