"""History by the day, with roll-ups by hour and day; on PostgreSQL partitioned by time.

Partitions are made by the collector (`db.partitions`); until then rows wait in the default one.

Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _set_aside()
    op.create_table(
        "history_hour",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "device_id", name="pk_history_hour"),
    )
    _packed("history_samples", "day")
    _packed("history_day", "day")
    _packed("history_month", "month")
    op.create_table(
        "history_unrolled",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "day", name="pk_history_unrolled"),
    )
    op.execute(
        "INSERT INTO history_hour (hour, device_id, data) "
        "SELECT hour, device_id, data FROM history_hour_before ORDER BY hour, device_id"
    )
    op.execute(
        "INSERT INTO history_unrolled (device_id, day) "
        "SELECT DISTINCT device_id, hour / 24 FROM history_hour_before"
    )
    op.drop_table("history_hour_before")


def downgrade() -> None:
    for table in ("history_unrolled", "history_month", "history_day", "history_samples"):
        op.drop_table(table)
    _set_aside()
    op.create_table(
        "history_hour",
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_history_hour_device_id"
        ),
        sa.PrimaryKeyConstraint("device_id", "hour", name="pk_history_hour"),
    )
    op.execute(
        "INSERT INTO history_hour (device_id, hour, data) "
        "SELECT device_id, hour, data FROM history_hour_before ORDER BY hour, device_id"
    )
    op.drop_table("history_hour_before")


def _set_aside() -> None:
    """Rename the table of hours; PostgreSQL's name of its key would stand in the new one's way."""
    op.rename_table("history_hour", "history_hour_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE history_hour_before "
            "RENAME CONSTRAINT pk_history_hour TO pk_history_hour_before"
        )


def _packed(table: str, key: str) -> None:
    op.create_table(
        table,
        sa.Column(key, sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(key, "device_id", name=f"pk_{table}"),
        postgresql_partition_by=f"RANGE ({key})",
    )
    if op.get_context().dialect.name == "postgresql":
        # Compressed before it comes here; a second try would be in vain.
        op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
