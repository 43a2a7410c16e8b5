"""How far the audit's chain was looked at.

Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_checkpoint",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("broken_entry", sa.BigInteger()),
        sa.Column("broken_why", TEXT),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_audit_checkpoint"),
    )


def downgrade() -> None:
    op.drop_table("audit_checkpoint")
