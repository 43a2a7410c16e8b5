"""Records of devices that ended, because their machine goes on as another device.

Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "device_alias",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hostname", TEXT, nullable=False),
        sa.Column("hostname_key", TEXT, nullable=False),
        sa.Column("survivor", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_device_alias_device_id"
        ),
        sa.ForeignKeyConstraint(
            ["survivor"], ["device.device_id"], name="fk_device_alias_survivor"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_alias"),
    )
    op.create_index("ix_device_alias_hostname_key", "device_alias", ["hostname_key"])
    op.create_index("ix_device_alias_survivor", "device_alias", ["survivor"])


def downgrade() -> None:
    op.drop_table("device_alias")
