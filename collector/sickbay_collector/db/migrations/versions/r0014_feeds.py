"""Feed tokens, with which calendar programs read rotas.

Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "feed_token",
        sa.Column("feed_id", TEXT, nullable=False),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("feed_id", name="pk_feed_token"),
    )
    op.create_index("uq_feed_token_secret_hash", "feed_token", ["secret_hash"], unique=True)


def downgrade() -> None:
    op.drop_table("feed_token")
