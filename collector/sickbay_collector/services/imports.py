"""What became of a file that somebody imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.core.sheet import CellChange, CellError

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
