"""What accounts and API tokens are narrowed to, and whom a token never exceeds.

Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for table in ("account", "api_token"):
        for name in ("sites", "tags"):
            column = sa.Column(name, sa.Text(), nullable=False, server_default="[]")
            op.add_column(table, column)
    op.add_column("account", sa.Column("person_id", TEXT))
    op.create_index("uq_account_person_id", "account", ["person_id"], unique=True)
    op.add_column("api_token", sa.Column("made_by", TEXT, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("api_token", "made_by")
    op.drop_index("uq_account_person_id", "account")
    op.drop_column("account", "person_id")
    for table in ("account", "api_token"):
        for name in ("sites", "tags"):
            op.drop_column(table, name)
