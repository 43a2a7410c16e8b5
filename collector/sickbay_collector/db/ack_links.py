"""The key of links that acknowledge tickets: made once, the same for all collectors."""

import secrets

from sqlalchemy import Connection, select

from sickbay_collector.core.desk.ack_token import KEY_BYTES
from sickbay_collector.db.records import insert_into
from sickbay_collector.db.secret_tables import secret

_NAME = "acknowledge"


class SqlAckLinks:
    """Implements `AckLinks`."""

    def __init__(self, connection: Connection, public_url: str) -> None:
        self._connection = connection
        self.public_url = public_url
        self._read: bytes | None = None

    def key(self) -> bytes | None:
        """Return the key; None before the first link was made."""
        if self._read is None:
            found = select(secret.c.value).where(secret.c.name == _NAME)
            self._read = self._connection.execute(found).scalar()
        return self._read

    def make_key(self) -> bytes:
        """Return the key, made now where there is none."""
        found = self.key()
        if found is not None:
            return found
        # Of two collectors the second waits for the first, and reads what that one made.
        made = insert_into(self._connection, secret).values(
            name=_NAME, value=secrets.token_bytes(KEY_BYTES)
        )
        self._connection.execute(made.on_conflict_do_nothing())
        found = self.key()
        assert found is not None  # noqa: S101 - one of the two inserts stored it
        return found
