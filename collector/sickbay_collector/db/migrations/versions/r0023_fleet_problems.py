"""Problems of the fleet: their rule, the ticket that stands for all, and what devices share.

Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NAMES = ("rule_id", "factor", "factor_value")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("problem", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.add_column("problem", sa.Column("parent_id", TEXT))
    op.create_index("ix_alert_rule_id_opened_at", "alert", ["rule_id", "opened_at"])


def downgrade() -> None:
    op.drop_index("ix_alert_rule_id_opened_at", "alert")
    for name in ("parent_id", *_NAMES):
        op.drop_column("problem", name)
