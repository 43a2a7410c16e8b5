"""Major incidents: owner, update interval, subscribers.

Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "major_incident",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("update_every_s", sa.Double(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("declared_by", TEXT, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("updates", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_major_incident"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name="fk_major_incident_ticket_id"
        ),
    )
    op.create_table(
        "major_subscriber",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "who", name="pk_major_subscriber"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name="fk_major_subscriber_ticket_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("major_subscriber")
    op.drop_table("major_incident")
