"""Versions and changes of alert rules, and what they did."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    case,
    distinct,
    func,
    insert,
    select,
    text,
)

from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.rule_tables import rule_change, rule_version
from sickbay_collector.db.ticket_tables import NEEDED_NOBODY, ticket
from sickbay_collector.services.rule_ports import RuleChange, RuleTally, RuleVersion

_VERSION = columns(rule_version, RuleVersion)
_CHANGE = columns(rule_change, RuleChange)
# An alert that was kept quiet opened no ticket, and joined none.
_OPENED = alert.c.suppressed_reason == ""


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

    def tallies(self, since: datetime, rules: Collection[str]) -> Mapping[str, RuleTally]:
        """Return what these rules did since then, by their ids."""
        done = (alert.c.rule_id.in_(sorted(rules)), alert.c.opened_at >= since)
        counts = (
            select(
                alert.c.rule_id,
                func.count().label("alerts"),
                _counted(alert.c.status.in_(("open", "clearing"))).label("standing"),
                _counted(alert.c.suppressed_reason != "").label("quiet"),
                func.count(distinct(case((_OPENED, alert.c.ticket_id)))).label("tickets"),
            )
            .where(*done)
            .group_by(alert.c.rule_id)
        )
        needless = select(ticket.c.ticket_id).where(text(NEEDED_NOBODY))
        noise = (
            select(alert.c.rule_id, func.count(distinct(alert.c.ticket_id)).label("noise"))
            .where(*done, _OPENED, alert.c.ticket_id.in_(needless))
            .group_by(alert.c.rule_id)
        )
        noisy = {row.rule_id: row.noise for row in self._connection.execute(noise)}
        return {
            row.rule_id: RuleTally(
                alerts=row.alerts,
                standing=row.standing,
                quiet=row.quiet,
                tickets=row.tickets,
                noise=noisy.get(row.rule_id, 0),
            )
            for row in self._connection.execute(counts)
        }


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)
