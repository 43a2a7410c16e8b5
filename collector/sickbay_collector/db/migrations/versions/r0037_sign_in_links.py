"""Links that sign a requester in once.

Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("person_id", TEXT, nullable=False),
        sa.Column("device_id", TEXT),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name="fk_sign_in_link_person_id"
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name="fk_sign_in_link_device_id"
        ),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_sign_in_link"),
    )
    op.create_index("ix_sign_in_link_expires_at", "sign_in_link", ["expires_at"])


def downgrade() -> None:
    op.drop_table("sign_in_link")
