"""The desk's ledger of facts, begun with what is known of the tickets there are.

Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What tickets that are older than the ledger still tell: kind, time, actor, how long it took.
_KNOWN = (
    ("opened", "opened_at", "'sickbay'", "NULL"),
    ("acknowledged", "acknowledged_at", "assignee", "(acknowledged_at - opened_at) / 1000000.0"),
    (
        "resolved",
        "resolved_at",
        "CASE WHEN resolution = 'automatic' THEN 'sickbay' ELSE assignee END",
        "(resolved_at - opened_at) / 1000000.0",
    ),
)


def upgrade() -> None:
    op.create_table(
        "desk_fact",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("ticket_kind", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("priority", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("technician", TEXT, nullable=False),
        sa.Column("elapsed_s", sa.Double()),
        sa.Column("sla_s", sa.Double()),
        sa.PrimaryKeyConstraint("entry", name="pk_desk_fact"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name="fk_desk_fact_ticket_id"),
    )
    op.create_index("ix_desk_fact_at", "desk_fact", ["at"])
    op.create_index("ix_desk_fact_ticket_id_entry", "desk_fact", ["ticket_id", "entry"])
    for kind, at, actor, elapsed_s in _KNOWN:
        # Nothing here comes from outside: names of columns and words of this file.
        op.execute(
            "INSERT INTO desk_fact (ticket_id, kind, at, actor, ticket_kind, source, priority,"  # noqa: S608
            " tier, category, site, technician, elapsed_s)"
            f" SELECT ticket_id, '{kind}', {at}, {actor}, kind, source, priority, tier, category,"
            f" site, assignee, {elapsed_s} FROM ticket WHERE {at} IS NOT NULL ORDER BY {at}"
        )


def downgrade() -> None:
    op.drop_table("desk_fact")
