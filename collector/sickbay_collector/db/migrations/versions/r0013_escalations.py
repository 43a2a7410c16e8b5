"""Escalations: the policy that runs on a ticket, and the steps that were done.

Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _make_runs() -> None:
    op.create_table(
        "escalation_run",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy", TEXT, nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("left_s", sa.Double()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("acked_at", sa.BigInteger()),
        sa.Column("acked_by", TEXT, nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("end_reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "run", name="pk_escalation_run"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name="fk_escalation_run_ticket_id"
        ),
    )


def _make_steps() -> None:
    op.create_table(
        "escalation_step",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "run", "position", name="pk_escalation_step"),
        sa.ForeignKeyConstraint(
            ["ticket_id", "run"],
            ["escalation_run.ticket_id", "escalation_run.run"],
            name="fk_escalation_step_ticket_id_run",
        ),
    )
    op.create_index("ix_escalation_step_kind", "escalation_step", ["kind"])


def upgrade() -> None:
    _make_runs()
    _make_steps()


def downgrade() -> None:
    op.drop_table("escalation_step")
    op.drop_table("escalation_run")
