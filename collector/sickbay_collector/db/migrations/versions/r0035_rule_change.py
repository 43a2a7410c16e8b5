"""Who changed which alert rule, when and to which version.

Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("rule_id", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_rule_change"),
    )
    op.create_index("ix_rule_change_rule_id_entry", "rule_change", ["rule_id", "entry"])
    by_rule = ["rule_id", "recorded_at"]
    op.create_index("ix_rule_version_rule_id_recorded_at", "rule_version", by_rule)


def downgrade() -> None:
    op.drop_index("ix_rule_version_rule_id_recorded_at", "rule_version")
    op.drop_table("rule_change")
