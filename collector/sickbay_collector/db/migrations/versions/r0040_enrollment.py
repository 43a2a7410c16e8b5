"""Networks, approval and refusals of enrollment tokens; how each device came in.

Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    for column in (
        sa.Column("networks", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("approval", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("refused_at", sa.BigInteger()),
        sa.Column("refused_from", TEXT, nullable=False, server_default=""),
    ):
        op.add_column("enrollment_token", column)
    op.create_table(
        "enrollment",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("token_id", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_enrollment_device_id"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["enrollment_token.token_id"], name="fk_enrollment_token_id"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_enrollment"),
    )
    op.create_index(
        "ix_device_pending",
        "device",
        ["enrolled_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def downgrade() -> None:
    op.drop_index("ix_device_pending", "device")
    op.drop_table("enrollment")
    for name in ("refused_from", "refused_at", "refusals", "approval", "networks"):
        op.drop_column("enrollment_token", name)
