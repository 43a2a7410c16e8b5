"""Enrollment tokens. A use is taken in one statement, so that no race gives one too many."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from sickbay_collector.core.device import EnrollmentToken
from sickbay_collector.db.device_tables import enrollment_token as table
from sickbay_collector.db.records import build, values


class SqlTokenStore:
    """Implements `TokenStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_hash(self, secret_hash: str) -> EnrollmentToken | None:
        """Return the token whose secret has this hash."""
        statement = select(table).where(table.c.secret_hash == secret_hash)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(EnrollmentToken, row)

    def take_use(self, token_id: str, *, now: datetime) -> bool:
        """Count one use if the token is live and has one left; atomic under concurrency."""
        statement = (
            update(table)
            .where(
                table.c.token_id == token_id,
                table.c.revoked_at.is_(None),
                table.c.expires_at > now,
                table.c.uses < table.c.max_uses,
            )
            .values(uses=table.c.uses + 1)
        )
        return self._connection.execute(statement).rowcount == 1

    def note_refusal(self, token_id: str, *, at: datetime, address: str) -> datetime | None:
        """Count that a token was shown in vain; return when that was before."""
        mine = table.c.token_id == token_id
        before = self._connection.scalar(select(table.c.refused_at).where(mine).with_for_update())
        self._connection.execute(
            update(table)
            .where(mine)
            .values(refusals=table.c.refusals + 1, refused_at=at, refused_from=address)
        )
        return before

    def add(self, token: EnrollmentToken) -> None:
        """Store a new token.

        Raises:
            ConflictError: Its id or hash is taken (raised by the unit of work).
        """
        self._connection.execute(insert(table).values(values(token)))

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """End a token; False when there is none or it was revoked before."""
        statement = update(table).where(table.c.token_id == token_id, table.c.revoked_at.is_(None))
        return self._connection.execute(statement.values(revoked_at=at)).rowcount == 1

    def all(self) -> Sequence[EnrollmentToken]:
        """Return every token, oldest first."""
        statement = select(table).order_by(table.c.created_at, table.c.token_id)
        rows = self._connection.execute(statement).mappings()
        return [build(EnrollmentToken, row) for row in rows]
