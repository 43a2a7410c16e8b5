"""SLA clocks: an append-only ledger, what it comes to, and the service of a ticket.

Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _make_ledger() -> None:
    op.create_table(
        "sla_event",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("priority", TEXT, nullable=False),
        sa.Column("policy", TEXT, nullable=False),
        sa.Column("calendar", TEXT, nullable=False),
        sa.Column("within_s", sa.Double()),
        sa.Column("outcome", TEXT),
        sa.PrimaryKeyConstraint("entry", name="pk_sla_event"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_sla_event_ticket_id"),
    )
    op.create_index("ix_sla_event_ticket_id_entry", "sla_event", ["ticket_id", "entry"])
    outcome = ["target", "priority", "outcome"]
    _index("ix_sla_event_outcome", "sla_event", outcome, "outcome IS NOT NULL")


def _make_clocks() -> None:
    op.create_table(
        "sla_clock",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("policy", TEXT, nullable=False),
        sa.Column("calendar", TEXT, nullable=False),
        sa.Column("within_s", sa.Double(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("warned_at", sa.BigInteger()),
        sa.Column("breached_at", sa.BigInteger()),
        sa.Column("stopped_at", sa.BigInteger()),
        sa.Column("book", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "target", name="pk_sla_clock"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_sla_clock_ticket_id"),
    )
    _index(
        "ix_sla_clock_next", "sla_clock", ["next_at", "ticket_id", "target"], "next_at IS NOT NULL"
    )
    _index("ix_sla_clock_open", "sla_clock", ["target", "state"], "stopped_at IS NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("service", TEXT, nullable=False, server_default=""))
    _make_ledger()
    _make_clocks()


def downgrade() -> None:
    op.drop_table("sla_clock")
    op.drop_table("sla_event")
    op.drop_column("ticket", "service")
