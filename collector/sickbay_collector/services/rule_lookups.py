"""Looking at alert rules: what is in force, what they did, their versions and how those differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.alerts.parse import rule_content, rule_version
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.services.book.all_kinds import RULES
from sickbay_collector.services.book.kind import marked
from sickbay_collector.services.book.listing import Listed, Source, list_entries
from sickbay_collector.services.book.plan import FieldChange, entry_tag, field_changes
from sickbay_collector.services.book.shelf import InForce
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.rule_ports import RuleChange, RuleTally, RuleVersion
from sickbay_collector.services.rule_text import stored_rule

TALLIED = timedelta(days=30)
"""What a rule did is counted over so much time."""
VERSIONS_SHOWN = 100
"""Versions and changes of a rule that are listed, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as a line of a list."""

    id: str
    title: str
    enabled: bool
    source: Source
    """Where it was changed last."""
    version: str
    """Of its content."""
    tag: str
    """The same for the same values, `enabled` included: what a write names."""
    content: Mapping[str, Plain]
    """All its keys."""
    rule: Rule | None
    """As the engine uses it; None while it is switched off."""
    applied_at: datetime | None
    applied_by: str
    tally: RuleTally
    """Of the last 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHistory:
    """What a rule was."""

    changes: tuple[RuleChange, ...]
    """The newest 100, newest first."""
    versions: tuple[RuleVersion, ...]
    """The same."""


def list_rules(uow: UnitOfWork, now_in_force: InForce, *, now: datetime) -> tuple[RuleRow, ...]:
    """Return all rules by their ids, switched-off ones too."""
    listed = tuple(list_entries(now_in_force, uow.config.all(), RULES.name))
    tallies = uow.rules.tallies(now - TALLIED, [one.id for one in listed])
    rows = [_row(one, now_in_force, tallies.get(one.id, RuleTally())) for one in listed]
    return tuple(sorted(rows, key=lambda one: one.id))


def find_rule(uow: UnitOfWork, now_in_force: InForce, name: str, *, now: datetime) -> RuleRow:
    """Return one rule.

    Raises:
        NotFoundError: There is none of this id.
    """
    for one in list_entries(now_in_force, uow.config.all(), RULES.name):
        if one.id == name:
            tallies = uow.rules.tallies(now - TALLIED, [name])
            return _row(one, now_in_force, tallies.get(name, RuleTally()))
    raise NotFoundError("no rule has the id %(name)s", name=name)


def rule_history(uow: UnitOfWork, name: str) -> RuleHistory:
    """Return what a rule was: what was applied, and the versions that are kept."""
    return RuleHistory(
        changes=tuple(uow.rules.changes(name, limit=VERSIONS_SHOWN)),
        versions=tuple(uow.rules.versions(name, limit=VERSIONS_SHOWN)),
    )


def find_version(uow: UnitOfWork, row: RuleRow, version: str, *, now: datetime) -> RuleVersion:
    """Return a version of a rule: one that was kept, or what is in force.

    Raises:
        NotFoundError: It was never kept.
    """
    # What is no version at all is not asked for: a database refuses some texts.
    found = uow.rules.version(row.id, version) if version.isalnum() else None
    if found is not None:
        return found
    if version != row.version:
        raise NotFoundError(
            "rule %(id)s has no version %(version)s", id=row.id, version=version[:64]
        )
    text = rule_content(marked(dict(row.content), row.id))
    at = row.applied_at or now
    return RuleVersion(version=version, rule_id=row.id, text=text, recorded_at=at)


def version_changes(before: RuleVersion, after: RuleVersion) -> Sequence[FieldChange]:
    """Return how one version of a rule differs from another, key by key."""
    return tuple(field_changes(stored_rule(before.text), stored_rule(after.text)))


def plain_rule(text: str) -> Mapping[str, Plain]:
    """Return the keys of a version's text."""
    found: Mapping[str, Plain] = json.loads(text)
    return found


def _row(one: Listed, now_in_force: InForce, tally: RuleTally) -> RuleRow:
    entry = marked(dict(one.content), one.id)
    rule = now_in_force.configuration.rules.rules.get(one.id)
    title = rule.title if rule is not None else str(one.content.get("title", ""))
    return RuleRow(
        id=one.id,
        title=title,
        enabled=one.content.get("enabled", True) is not False,
        source=one.source,
        version=rule_version(rule_content(entry)),
        tag=entry_tag(entry),
        content=one.content,
        rule=rule,
        applied_at=one.applied.applied_at if one.applied else None,
        applied_by=one.applied.applied_by if one.applied else "",
        tally=tally,
    )
