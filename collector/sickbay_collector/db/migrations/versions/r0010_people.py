"""Persons: who asks, who owns a device, who works at the desk.

Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _unique(column: str) -> None:
    condition = sa.text(f"{column} <> ''")
    op.create_index(
        f"uq_person_{column}",
        "person",
        [column],
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("phone", TEXT, nullable=False),
        sa.Column("department", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("deactivated_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_key", TEXT, nullable=False),
        sa.Column("email_key", TEXT, nullable=False),
        sa.Column("login_key", TEXT, nullable=False),
        sa.Column("phone_digits", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_person"),
    )
    op.create_index("ix_person_name_key_person_id", "person", ["name_key", "person_id"])
    _unique("email_key")
    _unique("login_key")


def downgrade() -> None:
    op.drop_table("person")
