"""Lists of tickets read an index and no rows that they do not show; so do due times of clocks.

Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_LISTED = sa.text("status NOT IN ('closed', 'cancelled')")
_DUE = sa.text("stopped_at IS NULL AND due_at IS NOT NULL")
_FILTERS = (
    "status",
    "priority",
    "tier",
    "queue",
    "assignee",
    "kind",
    "source",
    "category",
    "site",
    "requester",
    "major",
    "acknowledged_at",
    "title",
    "number",
)


def upgrade() -> None:
    _again("ix_ticket_listed", "ticket", ["opened_at", "ticket_id", *_FILTERS], _LISTED)
    _again("ix_sla_clock_due", "sla_clock", ["ticket_id", "due_at", "stopped_at"], _DUE)
    op.drop_index("ix_ticket_opened_at_ticket_id", "ticket")
    op.create_index(
        "ix_ticket_titled", "ticket", ["opened_at", "ticket_id", "title", "priority", "number"]
    )


def downgrade() -> None:
    _again("ix_ticket_listed", "ticket", ["opened_at", "ticket_id"], _LISTED)
    _again("ix_sla_clock_due", "sla_clock", ["ticket_id", "due_at"], _DUE)
    op.drop_index("ix_ticket_titled", "ticket")
    op.create_index("ix_ticket_opened_at_ticket_id", "ticket", ["opened_at", "ticket_id"])


def _again(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
