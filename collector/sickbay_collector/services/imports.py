"""Files that somebody imports: how they are taken over, and what became of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sickbay_collector.core.sheet import CellChange, CellError, Sheet

MOST_SHOWN = 1000
"""Errors and changes that a report lists; all are counted."""


class ImportOutcome(StrEnum):
    """What became of a file."""

    APPLIED = "applied"
    PARTIAL = "partial"
    """Rows with errors were left out."""
    REFUSED = "refused"
    """Nothing was changed, as there are errors."""
    DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to take a file over."""

    dry_run: bool = False
    """Whether it is only tried."""
    partial: bool = False
    """Whether rows without errors are taken over when there are others."""
    mapping: Mapping[str, str]
    """Field by title, for columns that are called otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What a file did, or would do."""

    outcome: ImportOutcome
    added: int
    changed: int
    unchanged: int
    error_count: int
    change_count: int
    """Fields that change, those of new things included."""
    errors: tuple[CellError, ...]
    """The first thousand, in the order of the file."""
    changes: tuple[CellChange, ...]
    """The same."""
    ignored_columns: tuple[str, ...]
    """Columns of the file that are no field's."""


def outcome_of(*, has_errors: bool, dry_run: bool, partial: bool) -> ImportOutcome:
    """Return what becomes of a file.

    Args:
        has_errors: Whether there are rows that cannot be taken over.
        dry_run: Whether it is only tried.
        partial: Whether the other rows are taken over.
    """
    if dry_run:
        return ImportOutcome.DRY_RUN
    if not has_errors:
        return ImportOutcome.APPLIED
    return ImportOutcome.PARTIAL if partial else ImportOutcome.REFUSED


class Plan(Protocol):
    """What a file would do."""

    @property
    def changed(self) -> Sequence[object]: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def changes(self) -> tuple[CellChange, ...]: ...
    @property
    def errors(self) -> tuple[CellError, ...]: ...


def take_over(
    plan: Plan,
    sheet: Sheet,
    options: ImportOptions,
    carry_out: Callable[[], None],
    *,
    added: int = 0,
) -> ImportReport:
    """Carry a plan out, as far as the options let, and return what became of the file.

    Args:
        plan: What the file would do.
        sheet: The file.
        options: How.
        carry_out: Writes what the plan says, in one transaction.
        added: How many new things the plan has.
    """
    outcome = outcome_of(
        has_errors=bool(plan.errors), dry_run=options.dry_run, partial=options.partial
    )
    if outcome in {ImportOutcome.APPLIED, ImportOutcome.PARTIAL} and (added or plan.changed):
        carry_out()
    return ImportReport(
        outcome=outcome,
        added=added,
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        error_count=len(plan.errors),
        change_count=len(plan.changes),
        errors=plan.errors[:MOST_SHOWN],
        changes=plan.changes[:MOST_SHOWN],
        ignored_columns=sheet.ignored,
    )
