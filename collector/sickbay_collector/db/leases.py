"""Leases: who of several collectors runs a job, and the number that tells its term from others."""

from datetime import datetime

from sqlalchemy import Connection, case, or_, select, update

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.db.lease_tables import lease as table
from sickbay_collector.db.records import insert_into
from sickbay_collector.services.lease_ports import Lease


class SqlLeaseStore:
    """Implements `LeaseStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free, or go on with one's own; None while somebody else has it.

        A new holder gets the next epoch.
        """
        insertion = insert_into(self._connection, table).values(
            name=name, holder=holder, epoch=1, expires_at=until
        )
        is_own = table.c.holder == holder
        statement = insertion.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": holder,
                "expires_at": until,
                "epoch": table.c.epoch + case((is_own, 0), else_=1),
            },
            where=or_(is_own, table.c.expires_at <= now),
        ).returning(table.c.epoch)
        epoch = self._connection.execute(statement).scalar()
        return None if epoch is None else Lease(name=name, holder=holder, epoch=epoch)

    def hold(self, lease: Lease) -> None:
        """Keep the lease from changing hands until this transaction ends.

        Raises:
            ConflictError: Somebody else has it by now; nothing may be written in its name.
        """
        statement = select(table.c.epoch).where(table.c.name == lease.name)
        found = self._connection.execute(statement.with_for_update(read=True)).scalar()
        if found != lease.epoch:
            raise ConflictError(f"lease {lease.name}: term {lease.epoch} ended, now is {found}")

    def release(self, holder: str, *, now: datetime) -> None:
        """Give back all that somebody has, so that others need not wait for its end."""
        statement = update(table).where(table.c.holder == holder, table.c.expires_at > now)
        self._connection.execute(statement.values(expires_at=now))
