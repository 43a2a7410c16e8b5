"""Links that sign somebody in once."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from sickbay_collector.core.sign_in_link import SignInLink
from sickbay_collector.db.records import build, values
from sickbay_collector.db.sign_in_link_tables import sign_in_link as table


class SqlSignInLinkStore:
    """Implements `SignInLinkStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, link: SignInLink) -> None:
        """Store a new link."""
        self._connection.execute(insert(table).values(values(link)))

    def take(self, secret_hash: str, *, now: datetime) -> SignInLink | None:
        """Use a link up; None where there is none, it was used, or is over."""
        used = (
            update(table)
            .where(
                table.c.secret_hash == secret_hash,
                table.c.used_at.is_(None),
                table.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(table)
        )
        row = self._connection.execute(used).mappings().first()
        return None if row is None else build(SignInLink, row)

    def drop(self, before: datetime, *, limit: int) -> int:
        """Remove links that were over by then; return how many."""
        old = select(table.c.secret_hash).where(table.c.expires_at < before).limit(limit)
        return self._connection.execute(delete(table).where(table.c.secret_hash.in_(old))).rowcount
