"""What is dropped by its age is found by an index; when a group of alerts was heard of last.

Revises: 0030
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_GIVEN_UP = sa.text("state IN ('dead', 'withdrawn')")
_SENT = sa.text("sent_at IS NOT NULL")
_UNROUTED = sa.text("status IN ('new', 'reopened') AND assignee = ''")


def upgrade() -> None:
    # Of a group that is there already nobody knows when: it counts from now.
    op.add_column(
        "alert_group", sa.Column("heard_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(f"UPDATE alert_group SET heard_at = {time.time_ns() // 1000}")  # noqa: S608 - a number
    op.create_index("ix_alert_group_heard_at", "alert_group", ["heard_at"])
    op.create_index("ix_delivery_at", "delivery", ["at"])
    _partial("ix_outbox_sent", "outbox", ["sent_at"], _SENT)
    _partial("ix_outbox_given_up", "outbox", ["created_at"], _GIVEN_UP)
    _partial("ix_ticket_unrouted", "ticket", ["opened_at", "ticket_id"], _UNROUTED)


def downgrade() -> None:
    op.drop_index("ix_ticket_unrouted", "ticket")
    op.drop_index("ix_outbox_given_up", "outbox")
    op.drop_index("ix_outbox_sent", "outbox")
    op.drop_index("ix_delivery_at", "delivery")
    op.drop_index("ix_alert_group_heard_at", "alert_group")
    op.drop_column("alert_group", "heard_at")


def _partial(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
