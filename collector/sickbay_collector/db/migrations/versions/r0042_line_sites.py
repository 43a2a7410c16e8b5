"""Lines of devices are found by their sites.

Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TURNS = sa.text("site_then <> ''")


def upgrade() -> None:
    op.create_index("ix_device_line_site", "device_line", ["site"])
    op.create_index(
        "ix_device_line_site_then",
        "device_line",
        ["site_then"],
        sqlite_where=_TURNS,
        postgresql_where=_TURNS,
    )


def downgrade() -> None:
    op.drop_index("ix_device_line_site_then", "device_line")
    op.drop_index("ix_device_line_site", "device_line")
