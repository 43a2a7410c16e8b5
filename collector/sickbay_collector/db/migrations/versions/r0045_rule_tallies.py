"""What rules did is counted by indexes alone.

Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TALLY = ["rule_id", "opened_at", "status", "suppressed_reason", "ticket_id", "device_id"]
_NOISE = sa.text(
    "(acknowledged_at IS NULL AND resolved_at IS NOT NULL) OR closure_code = 'no_fault'"
)


def upgrade() -> None:
    op.drop_index("ix_alert_rule_id_opened_at", "alert")
    op.create_index("ix_alert_tally", "alert", _TALLY)
    op.create_index(
        "ix_ticket_noise", "ticket", ["ticket_id"], sqlite_where=_NOISE, postgresql_where=_NOISE
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_noise", "ticket")
    op.drop_index("ix_alert_tally", "alert")
    op.create_index("ix_alert_rule_id_opened_at", "alert", ["rule_id", "opened_at"])
