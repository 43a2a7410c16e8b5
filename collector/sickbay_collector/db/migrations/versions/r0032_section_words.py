"""The words that devices are found by: serial numbers and addresses in inventories.

Revises: 0031
"""

import json
import re
import zlib
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MANY = 500
_MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){1,5}[:-]?")


def upgrade() -> None:
    op.create_table(
        "section_word",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hash"], ["section_content.hash"], name="fk_section_word_hash_section_content"
        ),
        sa.PrimaryKeyConstraint("word", "hash", name="pk_section_word"),
    )
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_table("section_word")


def _fill(connection: sa.Connection) -> None:
    """Read what is there, some contents at a time."""
    content = sa.table(
        "section_content",
        sa.column("hash", sa.LargeBinary()),
        sa.column("kind", sa.Text()),
        sa.column("content", sa.LargeBinary()),
    )
    word = sa.table("section_word", sa.column("word"), sa.column("hash", sa.LargeBinary()))
    statement = sa.select(content).where(content.c.kind.in_(("system", "network")))
    after = b""
    while True:
        some = statement.where(content.c.hash > after).order_by(content.c.hash).limit(_MANY)
        rows = connection.execute(some).all()
        words = [
            {"word": one, "hash": row.hash}
            for row in rows
            for one in sorted(set(_words(row.kind, row.content)))
        ]
        if words:
            connection.execute(sa.insert(word), words)
        if len(rows) < _MANY:
            return
        after = rows[-1].hash


def _words(kind: str, packed: bytes) -> Iterator[str]:
    try:
        fields = json.loads(zlib.decompress(packed))
    except (zlib.error, ValueError):
        return
    found: list[str] = []
    if kind == "system":
        found = [fields["facts"].get(one, "") for one in _SYSTEM]
    else:
        for row in fields["rows"].values():
            addresses = str(row.get("addresses", "")).split(",")
            found += [row.get("mac", ""), *(one.partition("/")[0] for one in addresses)]
    for one in found:
        small = str(one).strip().lower()[:100]
        plain = re.sub(r"[^0-9a-f]", "", small) if _MAC.fullmatch(small) else small
        if len(plain) >= 3 and not plain.startswith(("127.", "::1", "fe80:", "000000000000")):
            yield plain


_SYSTEM = ("serial", "board_serial", "asset_tag", "uuid")
