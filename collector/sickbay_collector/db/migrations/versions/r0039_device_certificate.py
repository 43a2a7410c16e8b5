"""Until when the certificate of a device is good.

Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_NAMES = ("certificate_issued_at", "certificate_expires_at")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("device", sa.Column(name, sa.BigInteger()))


def downgrade() -> None:
    for name in reversed(_NAMES):
        op.drop_column("device", name)
