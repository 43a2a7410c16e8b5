"""The table of problems. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, ForeignKey, Index, Table, text

from sickbay_collector.core.desk.problem import ProblemState
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import COUNTER, TEXT, Closed, UTCDateTime

_NOT_CLOSED = text("state <> 'closed'")

problem = Table(
    "problem",
    metadata,
    Column("number", COUNTER, primary_key=True, autoincrement=True),
    Column("key", TEXT, nullable=False),
    Column("family", TEXT, nullable=False),
    Column("device_id", TEXT, ForeignKey("device.device_id")),
    Column("state", Closed(ProblemState), nullable=False),
    Column("title", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("workaround", TEXT, nullable=False),
    Column("known_error", TEXT, nullable=False),
    Column("fix", TEXT, nullable=False),
    Column("raised_at", UTCDateTime, nullable=False),
    Column("resolved_at", UTCDateTime),
    Column("closed_at", UTCDateTime),
    Column("rule_id", TEXT, nullable=False, server_default=""),
    Column("parent_id", TEXT),
    Column("factor", TEXT, nullable=False, server_default=""),
    Column("factor_value", TEXT, nullable=False, server_default=""),
    # Two collectors that see the same recurrence raise one problem.
    Index(
        "uq_problem_key",
        "key",
        unique=True,
        sqlite_where=_NOT_CLOSED,
        postgresql_where=_NOT_CLOSED,
    ),
)
