"""API tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from sickbay_collector.db.account_tables import api_token as table
from sickbay_collector.db.records import build, values
from sickbay_collector.services.token_ports import ApiToken


class SqlApiTokenStore:
    """Implements `ApiTokenStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_hash(self, secret_hash: str) -> ApiToken | None:
        """Return the token whose secret has this hash, live or not."""
        statement = select(table).where(table.c.secret_hash == secret_hash)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(ApiToken, row)

    def add(self, token: ApiToken) -> None:
        """Store a new token.

        Raises:
            ConflictError: Its id or hash is taken (raised by the unit of work).
        """
        self._connection.execute(insert(table).values(values(token)))

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """End a token; False when there is none or it was revoked before."""
        statement = update(table).where(table.c.token_id == token_id, table.c.revoked_at.is_(None))
        return self._connection.execute(statement.values(revoked_at=at)).rowcount == 1

    def all(self) -> Sequence[ApiToken]:
        """Return every token, oldest first."""
        statement = select(table).order_by(table.c.created_at, table.c.token_id)
        return [build(ApiToken, row) for row in self._connection.execute(statement).mappings()]
