"""Versions and changes of alert rules in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.codes import ClosureCode
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import AlertId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.rule_ports import RuleChange, RuleTally, RuleVersion


@dataclass(slots=True)
class FakeRuleStore:
    """Implements `RuleStore`."""

    known: dict[str, tuple[str, str, datetime]]
    log_: list[RuleChange]
    alerts: Mapping[AlertId, AlertRecord]
    tickets: Mapping[TicketId, Ticket]

    def keep(self, versions: Sequence[RuleVersion]) -> None:
        for one in versions:
            self.known.setdefault(one.version, (one.rule_id, one.text, one.recorded_at))

    def log(self, changes: Sequence[RuleChange]) -> None:
        self.log_.extend(changes)

    def version(self, rule_id: str, version: str) -> RuleVersion | None:
        found = [one for one in self.versions(rule_id, limit=10_000) if one.version == version]
        return found[0] if found else None

    def versions(self, rule_id: str, *, limit: int) -> Sequence[RuleVersion]:
        found = [
            RuleVersion(version=version, rule_id=owner, text=text, recorded_at=at)
            for version, (owner, text, at) in self.known.items()
            if owner == rule_id
        ]
        found.sort(key=lambda one: one.version)
        found.sort(key=lambda one: one.recorded_at, reverse=True)
        return found[:limit]

    def changes(self, rule_id: str, *, limit: int) -> Sequence[RuleChange]:
        return [one for one in reversed(self.log_) if one.rule_id == rule_id][:limit]

    def tallies(self, since: datetime, rules: Collection[str]) -> Mapping[str, RuleTally]:
        found: dict[str, list[AlertRecord]] = {}
        for one in self.alerts.values():
            if one.opened_at >= since and one.rule_id in rules:
                found.setdefault(one.rule_id, []).append(one)
        return {name: self._tally(alerts) for name, alerts in found.items()}

    def _tally(self, alerts: Collection[AlertRecord]) -> RuleTally:
        ids = {one.ticket_id for one in alerts if one.ticket_id and not one.suppressed_reason}
        tickets = [self.tickets[one] for one in ids]
        return RuleTally(
            alerts=len(alerts),
            standing=sum(one.status in {"open", "clearing"} for one in alerts),
            quiet=sum(bool(one.suppressed_reason) for one in alerts),
            tickets=len(tickets),
            noise=sum(_needed_nobody(one) for one in tickets),
        )


def _needed_nobody(ticket: Ticket) -> bool:
    over_alone = ticket.acknowledged_at is None and ticket.resolved_at is not None
    return over_alone or ticket.closure_code == ClosureCode.NO_FAULT
