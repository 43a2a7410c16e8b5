"""Alerts, and the rule versions that they fired under."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, tuple_, update

from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId
from sickbay_collector.db.alert_tables import alert as table
from sickbay_collector.db.records import build, insert_into, values
from sickbay_collector.db.rule_tables import rule_version
from sickbay_collector.services.alert_ports import AlertFilter, AlertRecord

_OPEN = ("open", "clearing")


class SqlAlertStore:
    """Implements `AlertStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, alert: AlertRecord) -> None:
        """Store a new alert.

        Raises:
            ConflictError: Its id is taken, or device or ticket are unknown (raised by the unit of
                work).
        """
        self._connection.execute(insert(table).values(values(alert)))

    def save(self, alert: AlertRecord) -> None:
        """Write an alert.

        Raises:
            NotFoundError: It was never added.
        """
        statement = update(table).where(table.c.alert_id == alert.alert_id)
        if not self._connection.execute(statement.values(values(alert))).rowcount:
            raise NotFoundError(f"no alert {alert.alert_id}")

    def open_of(self, device_id: DeviceId) -> Sequence[AlertRecord]:
        """Return the device's alerts that are open or clearing, oldest first."""
        return self._list(table.c.device_id == device_id, table.c.status.in_(_OPEN))

    def get(self, alert_id: AlertId) -> AlertRecord | None:
        """Return the alert with this id."""
        return next(iter(self._list(table.c.alert_id == alert_id)), None)

    def list(
        self,
        wanted: AlertFilter,
        *,
        limit: int,
        after: tuple[datetime, AlertId] | None = None,
    ) -> Sequence[AlertRecord]:
        """Return alerts, newest first, behind the one that opened then and has that id."""
        place = (table.c.opened_at, table.c.alert_id)
        statement = select(table).where(*_conditions(wanted)).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*place) < after)
        newest = statement.order_by(*(column.desc() for column in place))
        return [build(AlertRecord, row) for row in self._connection.execute(newest).mappings()]

    def of_ticket(self, ticket_id: TicketId) -> Sequence[AlertRecord]:
        """Return the ticket's alerts, oldest first."""
        return self._list(table.c.ticket_id == ticket_id)

    def of_device(self, device_id: DeviceId, *, limit: int) -> Sequence[AlertRecord]:
        """Return the device's alerts, newest first."""
        statement = (
            select(table)
            .where(table.c.device_id == device_id)
            .order_by(table.c.opened_at.desc(), table.c.alert_id.desc())
            .limit(limit)
        )
        return [build(AlertRecord, row) for row in self._connection.execute(statement).mappings()]

    def record_rule(self, version: str, rule_id: str, text: str, *, at: datetime) -> None:
        """Keep an immutable rule version; a known one is left as it is."""
        row = {"version": version, "rule_id": rule_id, "text": text, "recorded_at": at}
        insertion = insert_into(self._connection, rule_version).on_conflict_do_nothing()
        self._connection.execute(insertion, row)

    def rule_text(self, version: str) -> str:
        """Return the canonical JSON of a rule version; "" for one that was never kept."""
        statement = select(rule_version.c.text).where(rule_version.c.version == version)
        found: str | None = self._connection.execute(statement).scalar()
        return found or ""

    def _list(self, *conditions: ColumnElement[bool]) -> Sequence[AlertRecord]:
        statement = select(table).where(*conditions).order_by(table.c.opened_at, table.c.alert_id)
        return [build(AlertRecord, row) for row in self._connection.execute(statement).mappings()]


def _conditions(wanted: AlertFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses:
        yield table.c.status.in_(wanted.statuses)
    if wanted.suppressed is not None:
        is_said = table.c.suppressed_reason != ""
        yield is_said if wanted.suppressed else ~is_said
    if wanted.device_id is not None:
        yield table.c.device_id == wanted.device_id
    if wanted.rule_id:
        yield table.c.rule_id == wanted.rule_id
    if wanted.urgencies:
        yield table.c.urgency.in_(wanted.urgencies)
    if wanted.opened_since is not None:
        yield table.c.opened_at >= wanted.opened_since
