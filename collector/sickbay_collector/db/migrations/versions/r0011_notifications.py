"""Notifications: an outbox for real channels, and what became of each message.

Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _grow_outbox() -> None:
    op.drop_index("ix_outbox_pending", "outbox")
    op.execute("ALTER TABLE outbox RENAME COLUMN kind TO channel")
    for column in (
        sa.Column("not_before", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("recipient", TEXT, nullable=False, server_default=""),
        sa.Column("address", TEXT, nullable=False, server_default=""),
        sa.Column("ticket_id", TEXT),
        sa.Column("rank", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("bundle", TEXT, nullable=False, server_default=""),
        sa.Column("fallbacks", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("state", TEXT, nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("turn_at", sa.BigInteger()),
        sa.Column("last_error", TEXT, nullable=False, server_default=""),
        sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("outbox", column)
    op.execute("UPDATE outbox SET not_before = created_at")
    op.execute("UPDATE outbox SET state = 'sent' WHERE sent_at IS NOT NULL")
    waiting = "state IN ('queued', 'retried')"
    _index("ix_outbox_waiting", "outbox", ["rank", "not_before", "key"], waiting)
    _index("ix_outbox_bundle", "outbox", ["bundle", "channel"], waiting)
    _index("ix_outbox_dead", "outbox", ["key"], "state = 'dead'")


def _make_records() -> None:
    op.create_table(
        "delivery",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("recipient", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("sent_as", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_delivery"),
    )
    op.create_index("ix_delivery_ticket", "delivery", ["ticket_id", "entry"])
    op.create_index("ix_delivery_recipient", "delivery", ["recipient", "at"])
    op.create_index("ix_delivery_channel", "delivery", ["channel", "at"])


def upgrade() -> None:
    _grow_outbox()
    _make_records()


def downgrade() -> None:
    op.drop_table("delivery")
    for name in ("ix_outbox_waiting", "ix_outbox_bundle", "ix_outbox_dead"):
        op.drop_index(name, "outbox")
    for name in (
        "not_before",
        "recipient",
        "address",
        "ticket_id",
        "rank",
        "bundle",
        "fallbacks",
        "state",
        "attempts",
        "turn_at",
        "last_error",
        "repeats",
    ):
        op.drop_column("outbox", name)
    op.execute("ALTER TABLE outbox RENAME COLUMN channel TO kind")
    _index("ix_outbox_pending", "outbox", ["created_at", "key"], "sent_at IS NULL")
