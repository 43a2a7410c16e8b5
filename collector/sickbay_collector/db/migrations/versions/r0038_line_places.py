"""Owners and sites on the lines of devices, so that lists are sorted by them.

Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_TEXTS = ("owner_key", "owner_key_then", "site", "site_then")
_TIMES = ("owner_turns_at", "site_turns_at")
_CLAIMS = sa.text(
    "SELECT c.device_id, c.field, c.source, c.value, c.until, p.name FROM asset_claim AS c"
    " LEFT JOIN person AS p ON p.person_id = c.value AND c.field = 'owner'"
    " WHERE c.field IN ('owner', 'site')"
)
_PUT = sa.text(
    "UPDATE device_line SET owner_key = :owner_key, owner_key_then = :owner_key_then,"
    " owner_turns_at = :owner_turns_at, site = :site, site_then = :site_then,"
    " site_turns_at = :site_turns_at WHERE device_id = :device_id"
)
_Claims = dict[tuple[str, str], tuple[str, int | None]]


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("device_line", sa.Column(name, TEXT, nullable=False, server_default=""))
    for name in _TIMES:
        op.add_column("device_line", sa.Column(name, sa.BigInteger()))
    said: dict[str, _Claims] = {}
    connection = op.get_bind()
    for row in connection.execute(_CLAIMS):
        key = (row.name or row.value).lower() if row.field == "owner" else row.value
        said.setdefault(row.device_id, {})[row.field, row.source] = (key, row.until)
    rows = [
        {
            "device_id": device_id,
            **_course(claims, "owner", "owner_key"),
            **_course(claims, "site", "site"),
        }
        for device_id, claims in sorted(said.items())
    ]
    if rows:
        connection.execute(_PUT, rows)


def _course(claims: _Claims, field: str, column: str) -> dict[str, str | int | None]:
    """Return what a field is, and what it is once what a person said is over."""
    imported = claims.get((field, "imported"))
    value, until = claims.get((field, "manual")) or imported or ("", None)
    then = "" if until is None else (imported or (value, None))[0]
    return {column: value, f"{column}_then": then, f"{field}_turns_at": until}


def downgrade() -> None:
    for name in (*_TEXTS, *_TIMES):
        op.drop_column("device_line", name)
