"""Keeps what alert rules were and become, in the transaction that changes them."""

from datetime import datetime

from sickbay_collector.core.alerts.parse import is_enabled, rule_content, rule_id, rule_version
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.services.book.all_kinds import RULES
from sickbay_collector.services.book.plan import Plan
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rule_ports import RuleChange, RuleVersion


def log_rules(
    uow: UnitOfWork, plan: Plan, note: str, *, by: str, now: datetime, revision: int
) -> None:
    """Keep the versions of all rules that a plan changes, before and after, and who does it.

    Args:
        uow: The transaction that applies the plan.
        plan: What changes.
        note: Why; "" where nothing was said.
        by: Login name.
        now: When.
        revision: Of the configuration then.
    """
    changes = [one for one in plan.changes if one.kind == RULES.name and one.id]
    before, after = plan.before[RULES.name], plan.layer[RULES.name]
    entries = [
        entry for one in changes for entry in (before.get(one.id), after.get(one.id)) if entry
    ]
    uow.rules.keep([_version(entry, now) for entry in entries])
    uow.rules.log(
        [
            RuleChange(
                rule_id=one.id,
                version=_version(after[one.id], now).version if one.id in after else "",
                enabled=one.id in after and is_enabled(after[one.id]),
                revision=revision,
                action=one.change.value,
                at=now,
                by=by,
                note=note,
            )
            for one in changes
        ]
    )


def _version(entry: Marked, now: datetime) -> RuleVersion:
    content = rule_content(entry)
    return RuleVersion(
        version=rule_version(content), rule_id=rule_id(entry), text=content, recorded_at=now
    )
