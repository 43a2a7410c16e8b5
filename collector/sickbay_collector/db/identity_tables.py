"""The tables that devices are told apart by."""

import json
from typing import cast

from sqlalchemy import Column, Dialect, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.types import TypeDecorator

from sickbay_collector.core.identity import Finding, Outcome, Verdict
from sickbay_collector.core.identity_clues import ClueKind
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, Closed, TextList, UTCDateTime


class FindingText(TypeDecorator[tuple[Finding, ...]]):
    """Values that were compared, kept as JSON text: kind, value, outcome, points."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Finding, ...] | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        if value is None:
            return None
        return json.dumps([[one.kind, one.value, one.outcome, one.points] for one in value])

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[Finding, ...] | None:
        """Return the findings."""
        del dialect
        if value is None:
            return None
        rows = cast("list[tuple[str, str, str, int]]", json.loads(value))
        return tuple(
            Finding(kind=ClueKind(kind), value=text, outcome=Outcome(outcome), points=points)
            for kind, text, outcome, points in rows
        )


device_clue = Table(
    "device_clue",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("kind", Closed(ClueKind), primary_key=True),
    Column("value", TEXT, primary_key=True),
    Index(None, "value", "kind", "device_id"),
)

identity_verdict = Table(
    "identity_verdict",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("verdict", Closed(Verdict), nullable=False),
    Column("points", Integer, nullable=False),
    Column("other", TEXT, ForeignKey("device.device_id")),
    Column("objections", TextList, nullable=False),
    Column("findings", FindingText, nullable=False),
)
