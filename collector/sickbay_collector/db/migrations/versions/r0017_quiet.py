"""Silences, maintenance windows, and the alerts that they keep quiet.

Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _unique(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, [column], unique=True, sqlite_where=condition, postgresql_where=condition
    )


def _make_silences() -> None:
    op.create_table(
        "quiet_revision",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_quiet_revision"),
    )
    op.create_table(
        "silence",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_silence"),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])


def _make_windows() -> None:
    op.create_table(
        "maintenance_window",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("zone", TEXT, nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("rrule", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("grace_s", sa.Double(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger()),
        sa.Column("cancelled_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_maintenance_window"),
    )
    op.create_table(
        "window_occurrence",
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("checks_at", sa.BigInteger(), nullable=False),
        sa.Column("devices_up", sa.Integer(), nullable=False),
        sa.Column("devices_back", sa.Integer(), nullable=False),
        sa.Column("ticket_id", TEXT),
        sa.PrimaryKeyConstraint("window", "occurrence", name="pk_window_occurrence"),
        sa.ForeignKeyConstraint(
            ["window"], ["maintenance_window.number"], name="fk_window_occurrence_window"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name="fk_window_occurrence_ticket_id"
        ),
    )
    open_ = "state IN ('planned', 'active', 'verifying')"
    _unique("uq_window_occurrence_open", "window_occurrence", "window", open_)
    op.create_table(
        "window_device",
        sa.Column("window", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("occurrence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("hostname", TEXT, nullable=False),
        sa.Column("device_class", TEXT, nullable=False),
        sa.Column("presence", TEXT, nullable=False),
        sa.Column("alerts", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("lost", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("window", "occurrence", "device_id", name="pk_window_device"),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_window_device_device_id"
        ),
    )


def _make_mutes() -> None:
    op.create_table(
        "muted_alert",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("alert_id", TEXT, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("rule_id", TEXT, nullable=False),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("instance_label", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("muted_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("closes_when", TEXT, nullable=False),
        sa.Column("history", TEXT, nullable=False),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_muted_alert"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.alert_id"], name="fk_muted_alert_alert_id"),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_muted_alert_device_id"
        ),
    )
    _unique("uq_muted_alert_running", "muted_alert", "alert_id", "ended_at IS NULL")
    op.create_index(
        "ix_muted_alert_source_number_occurrence_entry",
        "muted_alert",
        ["source", "number", "occurrence", "entry"],
    )


def upgrade() -> None:
    _make_silences()
    _make_windows()
    _make_mutes()


def downgrade() -> None:
    for table in (
        "muted_alert",
        "window_device",
        "window_occurrence",
        "maintenance_window",
        "silence",
        "quiet_revision",
    ):
        op.drop_table(table)
