"""Groups of alerts from Alertmanager: what fired when they were last heard of.

The table had no rows until now.

Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_table("alert_group")
    op.create_table(
        "alert_group",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("firing", sa.Text(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alert_group"),
    )
    op.create_index("ix_alert_group_ticket_id", "alert_group", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("alert_group")
    op.create_table(
        "alert_group",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alert_group"),
    )
