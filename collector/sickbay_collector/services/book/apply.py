"""Applying documents: entries, their revision and the audit are written together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sickbay_collector.core.audit import AuditEvent, audit_text
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.services.book.kind import Layer
from sickbay_collector.services.book.layers import document_layer, laid_over
from sickbay_collector.services.book.load import configure
from sickbay_collector.services.book.plan import (
    EntryChange,
    Key,
    Plan,
    Wanted,
    applied_layer,
    canonical,
    entry_tag,
    make_plan,
)
from sickbay_collector.services.book.rule_log import log_rules
from sickbay_collector.services.config_ports import ConfigEntry
from sickbay_collector.services.marked_yaml import DOCUMENT, parse_marked
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

MAX_DOCUMENTS = 100


class StaleRevisionError(ConflictError):
    """Somebody applied something since the revision that was named."""


class StaleEntryError(ConflictError):
    """Somebody changed an entry since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document."""

    name: str
    """For messages."""
    text: str
    """YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Who applies what, and on which ground."""

    wanted: Wanted
    revision: int | None
    """The revision that the applier knows; None for any."""
    user: str
    now: datetime
    note: str = ""
    """Why, for the history of rules."""
    expected: Mapping[Key, str] = field(default_factory=dict)
    """What `entry_tag` said of entries that the applier knows; "" for one that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of it."""

    plan: Plan
    revision: int
    """The revision in force then."""


def read_documents(documents: Sequence[Document]) -> Layer:
    """Return the entries of documents.

    Raises:
        InvalidError: There are too many, or one is wrong; the message names it and the line.
    """
    if len(documents) > MAX_DOCUMENTS:
        raise InvalidError(f"{len(documents)} documents; at most {MAX_DOCUMENTS} are allowed")
    return document_layer(
        parse_marked(one.text, one.name, "document", DOCUMENT) for one in documents
    )


def preview(uow: UnitOfWork, base: Layer, applying: Applying) -> Applied:
    """Return what applying would change; nothing is written.

    Raises:
        InvalidError: What would be in force then is wrong.
        NotFoundError: An entry that is to be removed was not applied.
        StaleRevisionError: Somebody applied something since.
    """
    plan = _checked(uow, base, applying, uow.config.revision())
    return Applied(plan=plan, revision=uow.config.revision())


def apply(
    open_uow: OpenUnitOfWork,
    base: Layer,
    applying: Applying,
    *,
    open_reads: OpenUnitOfWork | None = None,
) -> Applied:
    """Apply entries on top of the files.

    Args:
        open_uow: Opens where they are kept.
        base: The defaults with the files over them.
        applying: Who applies what.
        open_reads: Opens the same for reading. With it what takes long is done before the
            transaction that writes, and once more only where somebody was faster. None for few
            entries.

    Raises:
        InvalidError: What would be in force then is wrong; nothing was changed.
        NotFoundError: An entry that is to be removed was not applied.
        StaleRevisionError: Somebody applied something since.
        StaleEntryError: Somebody changed an entry that the applier knows otherwise.
    """
    early: Applied | None = None
    if open_reads is not None:
        with open_reads() as uow:
            early = preview(uow, base, applying)
        if not early.plan.changes:
            return early
    with open_uow() as uow:
        revision = uow.config.begin()
        if early is not None and early.revision == revision:
            plan = early.plan
        else:
            plan = _checked(uow, base, applying, revision)
        if not plan.changes:
            return Applied(plan=plan, revision=revision)
        _write(uow, plan, applying, revision + 1)
        uow.config.advance(revision + 1)
        log_rules(
            uow, plan, applying.note, by=applying.user, now=applying.now, revision=revision + 1
        )
        uow.audit.add_all([_event(change, applying) for change in plan.changes])
        uow.commit()
    return Applied(plan=plan, revision=revision + 1)


def _checked(uow: UnitOfWork, base: Layer, applying: Applying, revision: int) -> Plan:
    if applying.revision not in {None, revision}:
        raise StaleRevisionError(
            f"revision {revision} is in force, not {applying.revision}: somebody applied something"
        )
    stored = uow.config.all()
    _expect(base, stored, applying.expected)
    plan = make_plan(base, stored, applying.wanted)
    configure(plan.layer, today=applying.now.date())
    return plan


def _expect(base: Layer, stored: Sequence[ConfigEntry], expected: Mapping[Key, str]) -> None:
    if not expected:
        return
    before = laid_over(base, applied_layer(stored))
    for (kind, name), tag in expected.items():
        entry = before[kind].get(name)
        if tag != (entry_tag(entry) if entry else ""):
            raise StaleEntryError(f"{kind}/{name} was changed meanwhile; read it again")


def _write(uow: UnitOfWork, plan: Plan, applying: Applying, revision: int) -> None:
    """Write the entries that are new or differ, and take away those that are gone."""
    stored = {(one.kind, one.id): one for one in uow.config.all()}
    written: list[ConfigEntry] = []
    for kind, entries in plan.applied.items():
        for position, (name, entry) in enumerate(entries.items()):
            text, old = canonical(entry), stored.pop((kind, name), None)
            if old is None or old.text != text:
                written.append(
                    ConfigEntry(
                        kind=kind,
                        id=name,
                        position=position,
                        text=text,
                        revision=revision,
                        applied_at=applying.now,
                        applied_by=applying.user,
                    )
                )
            elif old.position != position:
                written.append(replace(old, position=position))
    uow.config.put(written)
    for kind, name in stored:
        uow.config.remove(kind, name)


def _event(change: EntryChange, applying: Applying) -> AuditEvent:
    return AuditEvent(
        at=applying.now,
        actor=applying.user,
        action=change.change.value,
        object_kind=f"config/{change.kind}",
        object_id=change.id,
        before={one.key: audit_text(one.before) for one in change.fields if one.before is not None},
        after={one.key: audit_text(one.after) for one in change.fields if one.after is not None},
    )
