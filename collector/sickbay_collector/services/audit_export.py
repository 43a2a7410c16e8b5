"""The audit as a file: JSON lines, from which anybody can reckon the chain, or CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum

from sickbay_collector.core.audit_chain import AuditEntry, canonical, plain_event
from sickbay_collector.core.sheet import BOM, guard

_FIELDS = (
    "entry",
    "at",
    "actor",
    "action",
    "object_kind",
    "object_id",
    "before",
    "after",
    "previous",
    "hash",
)
# So many lines leave at once; each is a kilobyte at most times.
_LINES = 200


class ExportFormat(StrEnum):
    """How the file is written."""

    JSONL = "jsonl"
    CSV = "csv"


def export_lines(entries: Iterable[AuditEntry], kind: ExportFormat) -> Iterator[str]:
    """Yield the file in pieces of many lines."""
    lines = _json_lines(entries) if kind is ExportFormat.JSONL else _csv_lines(entries)
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == _LINES:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    for one in entries:
        plain = plain_event(one.entry, one.event, one.previous)
        yield json.dumps({**plain, "hash": one.hash}) + "\n"


def _csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    yield BOM + _csv_line(_FIELDS)
    for one in entries:
        plain = plain_event(one.entry, one.event, one.previous) | {"hash": one.hash}
        cells = (plain[name] for name in _FIELDS)
        yield _csv_line([guard(one if isinstance(one, str) else canonical(one)) for one in cells])


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
