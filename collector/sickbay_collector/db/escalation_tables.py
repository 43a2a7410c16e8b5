"""The tables of escalations. A change here needs a migration; a test compares the two."""

from sqlalchemy import (
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from sickbay_collector.core.desk.escalation import Step, StepKind
from sickbay_collector.core.desk.escalation_run import RunState
from sickbay_collector.core.desk.escalation_text import steps_from, steps_text
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, Closed, TextList, UTCDateTime


class StepsText(TypeDecorator[tuple[Step, ...]]):
    """The steps of a policy, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Step, ...] | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else steps_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Step, ...] | None:
        """Return the steps."""
        del dialect
        return None if value is None else steps_from(value)


escalation_run = Table(
    "escalation_run",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("policy", TEXT, nullable=False),
    Column("steps", StepsText, nullable=False),
    Column("state", Closed(RunState), nullable=False),
    Column("position", Integer, nullable=False),
    Column("due_at", UTCDateTime),
    Column("left_s", Double),
    Column("started_at", UTCDateTime, nullable=False),
    Column("acked_at", UTCDateTime),
    Column("acked_by", TEXT, nullable=False),
    Column("ended_at", UTCDateTime),
    Column("end_reason", TEXT, nullable=False),
)

# What was done: appended to, never changed. The key lets no step be done twice.
escalation_step = Table(
    "escalation_step",
    metadata,
    Column("ticket_id", TEXT, primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", Closed(StepKind), nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("told", TextList, nullable=False),
    Column("text", TEXT, nullable=False),
    ForeignKeyConstraint(["ticket_id", "run"], ["escalation_run.ticket_id", "escalation_run.run"]),
    Index(None, "kind"),
)
