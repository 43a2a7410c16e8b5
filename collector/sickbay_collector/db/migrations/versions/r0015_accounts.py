"""Accounts, sessions and attempts to sign in.

Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("login", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("login", name="pk_account"),
    )
    op.create_table(
        "session",
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("agent", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_session"),
        sa.ForeignKeyConstraint(["login"], ["account.login"], name="fk_session_login"),
    )
    op.create_index("ix_session_login", "session", ["login"])
    op.create_table(
        "sign_in_try",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_try"),
    )


def downgrade() -> None:
    op.drop_table("sign_in_try")
    op.drop_table("session")
    op.drop_table("account")
