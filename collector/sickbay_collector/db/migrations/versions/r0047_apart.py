"""What people decided about devices that look alike: that they are different machines.

Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "device_apart",
        sa.Column("one", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["one"], ["device.device_id"], name="fk_device_apart_one"),
        sa.ForeignKeyConstraint(["other"], ["device.device_id"], name="fk_device_apart_other"),
        sa.PrimaryKeyConstraint("one", "other", name="pk_device_apart"),
    )
    op.create_index("ix_device_apart_other", "device_apart", ["other"])


def downgrade() -> None:
    op.drop_table("device_apart")
