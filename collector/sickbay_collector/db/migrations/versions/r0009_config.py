"""Applied configuration, the revision that counts it, and the audit.

Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "config_entry",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_config_entry"),
    )
    op.create_table(
        "config_revision",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_config_revision"),
    )
    _make_audit()


def _make_audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("object_kind", TEXT, nullable=False),
        sa.Column("object_id", TEXT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_audit_event"),
    )
    op.create_index(
        "ix_audit_event_object_kind_object_id_entry",
        "audit_event",
        ["object_kind", "object_id", "entry"],
    )
    op.create_index("ix_audit_event_actor_entry", "audit_event", ["actor", "entry"])
    op.create_index("ix_audit_event_at", "audit_event", ["at"])


def downgrade() -> None:
    for table in ("audit_event", "config_revision", "config_entry"):
        op.drop_table(table)
