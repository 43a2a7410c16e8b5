"""Accounts of people whom another place vouches for are bound to its subject.

Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("account", sa.Column("subject", TEXT))
    op.create_index("uq_account_subject", "account", ["subject"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_account_subject", "account")
    op.drop_column("account", "subject")
