"""Rankings of technicians, and indexes for what they have in hand and made of their tickets.

Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IN_HAND = (
    "assignee <> '' AND status NOT IN ('resolved', 'closed', 'cancelled') AND merged_into IS NULL"
)
_DONE = "assignee <> '' AND (resolved_at IS NOT NULL OR reopen_count > 0)"


def upgrade() -> None:
    op.create_table(
        "ticket_ranking",
        sa.Column("entry", COUNTER, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("queue", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("ranking", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_ticket_ranking"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name="fk_ticket_ranking_ticket_id"
        ),
    )
    op.create_index("ix_ticket_ranking_ticket_id_entry", "ticket_ranking", ["ticket_id", "entry"])
    _partial("ix_ticket_in_hand", ["assignee"], _IN_HAND)
    done = ["category", "family", "opened_at", "assignee", "reopen_count"]
    _partial("ix_ticket_done", done, _DONE)


def downgrade() -> None:
    op.drop_index("ix_ticket_done", "ticket")
    op.drop_index("ix_ticket_in_hand", "ticket")
    op.drop_table("ticket_ranking")


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "ticket", columns, sqlite_where=condition, postgresql_where=condition)
