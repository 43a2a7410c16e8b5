"""Who looks at which ticket at this moment.

Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ticket_presence",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("is_writing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "login", name="pk_ticket_presence"),
    )
    op.create_index("ix_ticket_presence_seen_at", "ticket_presence", ["seen_at"])


def downgrade() -> None:
    op.drop_table("ticket_presence")
