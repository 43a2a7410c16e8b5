"""Problems, and the ways to their incidents.

Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def upgrade() -> None:
    op.create_table(
        "problem",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("device_id", TEXT),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("workaround", TEXT, nullable=False),
        sa.Column("known_error", TEXT, nullable=False),
        sa.Column("fix", TEXT, nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_problem"),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name="fk_problem_device_id"),
    )
    _index("uq_problem_key", "problem", ["key"], "state <> 'closed'", unique=True)
    _index("ix_ticket_family", "ticket", ["family", "opened_at"], "family IS NOT NULL")
    _index("ix_ticket_problem", "ticket", ["problem_id"], "problem_id <> ''")


def downgrade() -> None:
    op.drop_index("ix_ticket_problem", "ticket")
    op.drop_index("ix_ticket_family", "ticket")
    op.drop_table("problem")
