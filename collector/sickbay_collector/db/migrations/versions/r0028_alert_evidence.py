"""What was measured of an alert, with the alert: those without a ticket had it nowhere.

Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for column in (
        sa.Column("urgency", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("measured_at", sa.BigInteger()),
        sa.Column("readings", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("history", TEXT, nullable=False, server_default=""),
        sa.Column("closes_when", TEXT, nullable=False, server_default=""),
    ):
        op.add_column("alert", column)
    op.create_index("ix_muted_alert_alert_id", "muted_alert", ["alert_id"])


def downgrade() -> None:
    op.drop_index("ix_muted_alert_alert_id", "muted_alert")
    for name in ("urgency", "measured_at", "readings", "history", "closes_when"):
        op.drop_column("alert", name)
