"""Asset records, maintenance by hand, and host names in small letters.

Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _of_device(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["device_id"], ["device.device_id"], name=f"fk_{table}_device_id"
    )


def _make_records() -> None:
    op.create_table(
        "asset",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_asset"),
        _of_device("asset"),
    )
    op.create_table(
        "asset_claim",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("device_id", "field", "source", name="pk_asset_claim"),
        _of_device("asset_claim"),
    )
    op.create_index("ix_asset_claim_field_value", "asset_claim", ["field", "value"])


def _make_repairs() -> None:
    op.create_table(
        "asset_repair",
        sa.Column("repair_id", TEXT, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("supplier", TEXT, nullable=False),
        sa.Column("cents", sa.BigInteger()),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("repair_id", name="pk_asset_repair"),
        _of_device("asset_repair"),
    )
    op.create_index("ix_asset_repair_device_id_at", "asset_repair", ["device_id", "at"])


def _key_hostnames() -> None:
    column = sa.Column("hostname_key", TEXT, nullable=False, server_default="")
    op.add_column("device", column)
    device = sa.table("device", sa.column("hostname", TEXT), sa.column("hostname_key", TEXT))
    connection = op.get_bind()
    names = connection.execute(sa.select(device.c.hostname).distinct()).scalars().all()
    keys = [{"name": name, "key": name.lower()} for name in names]
    if keys:
        change = sa.update(device).where(device.c.hostname == sa.bindparam("name"))
        connection.execute(change.values(hostname_key=sa.bindparam("key")), keys)
    op.create_index("ix_device_hostname_key_device_id", "device", ["hostname_key", "device_id"])


def upgrade() -> None:
    _make_records()
    _make_repairs()
    _key_hostnames()


def downgrade() -> None:
    op.drop_index("ix_device_hostname_key_device_id", "device")
    op.drop_column("device", "hostname_key")
    op.drop_table("asset_repair")
    op.drop_table("asset_claim")
    op.drop_table("asset")
