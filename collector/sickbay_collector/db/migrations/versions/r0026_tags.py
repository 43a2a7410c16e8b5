"""Tags of devices.

Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "device_tag",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("tag", TEXT, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_device_tag_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", "tag", name="pk_device_tag"),
    )
    op.create_index("ix_device_tag_tag_device_id", "device_tag", ["tag", "device_id"])


def downgrade() -> None:
    op.drop_table("device_tag")
