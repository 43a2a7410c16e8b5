"""Lists of tickets: an index of those that are not over, and one of what is due.

Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index(
        "ix_ticket_listed",
        "ticket",
        ["opened_at", "ticket_id"],
        "status NOT IN ('closed', 'cancelled')",
    )
    _index(
        "ix_sla_clock_due",
        "sla_clock",
        ["ticket_id", "due_at"],
        "stopped_at IS NULL AND due_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_sla_clock_due", "sla_clock")
    op.drop_index("ix_ticket_listed", "ticket")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
