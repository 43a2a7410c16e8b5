"""Watchers, links, costs and vendor cases of tickets; requests and alert groups done once.

Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _make_relations()
    _make_costs()
    _make_cases()
    op.create_table(
        "kept_request",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("route", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("body_hash", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user", "route", "key", name="pk_kept_request"),
    )
    op.create_index("ix_kept_request_kept_at", "kept_request", ["kept_at"])
    op.create_table(
        "alert_group",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alert_group"),
    )
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_ticket_merged",
        "ticket",
        ["merged_into"],
        sqlite_where=merged,
        postgresql_where=merged,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_merged", "ticket")
    for table in (
        "alert_group",
        "kept_request",
        "vendor_case",
        "ticket_cost",
        "ticket_link",
        "ticket_watcher",
    ):
        op.drop_table(table)


def _make_relations() -> None:
    op.create_table(
        "ticket_watcher",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("watcher", TEXT, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "watcher", name="pk_ticket_watcher"),
        _of_ticket("ticket_watcher", "ticket_id"),
    )
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("other_id", TEXT, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "other_id", name="pk_ticket_link"),
        _of_ticket("ticket_link", "ticket_id"),
        _of_ticket("ticket_link", "other_id"),
    )
    op.create_index("ix_ticket_link_other_id", "ticket_link", ["other_id"])


def _make_costs() -> None:
    op.create_table(
        "ticket_cost",
        sa.Column("cost_id", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("cost_id", name="pk_ticket_cost"),
        _of_ticket("ticket_cost", "ticket_id"),
    )
    op.create_index("ix_ticket_cost_ticket_id", "ticket_cost", ["ticket_id"])


def _make_cases() -> None:
    op.create_table(
        "vendor_case",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("vendor", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", TEXT, nullable=False),
        sa.Column("promised_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("outcome", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_vendor_case"),
        _of_ticket("vendor_case", "ticket_id"),
    )
    op.create_index("ix_vendor_case_ticket_id", "vendor_case", ["ticket_id"])


def _of_ticket(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["ticket.ticket_id"], name=f"fk_{table}_{column}")
