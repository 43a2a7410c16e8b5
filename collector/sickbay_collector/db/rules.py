"""Versions and changes of alert rules, and what they did."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    case,
    distinct,
    func,
    insert,
    or_,
    select,
)

from sickbay_collector.core.desk.codes import ClosureCode
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.rule_tables import rule_change
from sickbay_collector.db.tables import alert, rule_version, ticket
from sickbay_collector.services.rule_ports import RuleChange, RuleTally, RuleVersion

_VERSION = columns(rule_version, RuleVersion)
_CHANGE = columns(rule_change, RuleChange)
_NEEDED_NOBODY = or_(
    and_(ticket.c.acknowledged_at.is_(None), ticket.c.resolved_at.is_not(None)),
    ticket.c.closure_code == ClosureCode.NO_FAULT.value,
)


class SqlRuleStore:
    """Implements `RuleStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, versions: Sequence[RuleVersion]) -> None:
        """Keep versions; a known one is left as it is."""
        if versions:
            insertion = insert_into(self._connection, rule_version).on_conflict_do_nothing()
            self._connection.execute(insertion, [values(one) for one in versions])

    def log(self, changes: Sequence[RuleChange]) -> None:
        """Append changes."""
        if changes:
            self._connection.execute(insert(rule_change), [values(one) for one in changes])

    def version(self, rule_id: str, version: str) -> RuleVersion | None:
        """Return a version of a rule."""
        table = rule_version.c
        found = select(*_VERSION).where(table.version == version, table.rule_id == rule_id)
        row = self._connection.execute(found).mappings().first()
        return None if row is None else build(RuleVersion, row)

    def versions(self, rule_id: str, *, limit: int) -> Sequence[RuleVersion]:
        """Return the versions of a rule, the newest first."""
        table = rule_version.c
        found = select(*_VERSION).where(table.rule_id == rule_id)
        newest = found.order_by(table.recorded_at.desc(), table.version).limit(limit)
        return [build(RuleVersion, row) for row in self._connection.execute(newest).mappings()]

    def changes(self, rule_id: str, *, limit: int) -> Sequence[RuleChange]:
        """Return the changes of a rule, the newest first."""
        found = select(*_CHANGE).where(rule_change.c.rule_id == rule_id)
        newest = found.order_by(rule_change.c.entry.desc()).limit(limit)
        return [build(RuleChange, row) for row in self._connection.execute(newest).mappings()]

    def tallies(self, since: datetime, *, rule_id: str = "") -> Mapping[str, RuleTally]:
        """Return what rules did since then, by their ids: all of them, or one."""
        statement = (
            select(
                alert.c.rule_id,
                func.count().label("alerts"),
                _counted(alert.c.status.in_(("open", "clearing"))).label("standing"),
                _counted(alert.c.suppressed_reason != "").label("quiet"),
                func.count(distinct(_owned(ticket.c.ticket_id.is_not(None)))).label("tickets"),
                func.count(distinct(_owned(_NEEDED_NOBODY))).label("noise"),
            )
            .select_from(alert.outerjoin(ticket, alert.c.ticket_id == ticket.c.ticket_id))
            .where(alert.c.opened_at >= since)
            .group_by(alert.c.rule_id)
        )
        if rule_id:
            statement = statement.where(alert.c.rule_id == rule_id)
        return {
            row["rule_id"]: RuleTally(
                **{key: value for key, value in row.items() if key != "rule_id"}
            )
            for row in self._connection.execute(statement).mappings()
        }


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)


def _owned(condition: ColumnElement[bool]) -> ColumnElement[str | None]:
    """Return the ticket of an alert that opened it or joined; of one kept quiet there is none."""
    return case((and_(condition, alert.c.suppressed_reason == ""), ticket.c.ticket_id))
