"""What shows whether the database is well: its pages, and when a device last reported."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from sickbay_collector.core.errors import StoreError
from sickbay_collector.db.device_tables import device, device_state
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.snapshot import complaints
from sickbay_collector.db.uow import read_connection
from sickbay_collector.services.counts import GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReport:
    """The last report that came, whoever sent it."""

    devices: int
    """Enrolled devices that are neither retired, disposed nor revoked."""
    received_at: datetime | None
    """None when no device ever reported."""
    report_interval_s: float | None
    """The longest interval of any device; None when none ever reported."""


def check_integrity(engine: Engine) -> bool:
    """Read the whole database and check that it is whole; False where its server sees to that.

    Raises:
        StoreError: It is damaged, or cannot be read.
    """
    if engine.dialect.name != SQLITE:
        return False
    with read_connection(engine) as connection:
        rows = connection.exec_driver_sql("PRAGMA quick_check(10)").scalars()
        found = [str(line) for line in rows]
    if found != ["ok"]:
        raise StoreError(f"database is damaged: {complaints(found)}")
    return True


def last_report(engine: Engine) -> LastReport:
    """Return when any device last reported.

    Raises:
        StoreError: The database cannot be read.
    """
    state = device_state.c
    expected = device.c.status.not_in(GONE) & device.c.revoked_at.is_(None)
    newest = select(
        func.max(state.received_at, type_=state.received_at.type),
        func.max(state.report_interval_s, type_=state.report_interval_s.type),
    )
    with read_connection(engine) as connection:
        devices = connection.execute(select(func.count()).select_from(device).where(expected))
        received_at, interval_s = connection.execute(newest).one()
        return LastReport(
            devices=devices.scalar_one(), received_at=received_at, report_interval_s=interval_s
        )
