"""The audit becomes a chain: each event carries the hash of the one before and its own.

What is there is chained in the order of writing, by the same form as `core/audit_chain.py` has
today; the two are apart on purpose, because a revision never changes.

Revises: 0026
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 1000
READ = (
    "SELECT entry, at, actor, action, object_kind, object_id, before, after FROM audit_event"
    " WHERE entry > :last ORDER BY entry LIMIT :batch"
)
WRITE = "UPDATE audit_event SET previous = :previous, hash = :hash WHERE entry = :entry"


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_audit_head"),
    )
    for name in ("previous", "hash"):
        op.add_column("audit_event", sa.Column(name, TEXT, nullable=False, server_default=""))
    _allow_changes()
    _chain(op.get_bind())
    _refuse_changes()
    if op.get_bind().dialect.name == "postgresql":
        for name in ("previous", "hash"):
            op.alter_column("audit_event", name, server_default=None)


def downgrade() -> None:
    for name in ("hash", "previous"):
        op.drop_column("audit_event", name)
    op.drop_table("audit_head")


def _chain(connection: sa.Connection) -> None:
    last, previous = 0, ""
    while True:
        rows = connection.execute(sa.text(READ), {"last": last, "batch": BATCH}).all()
        if not rows:
            break
        changed = []
        for row in rows:
            found = _hash(row, previous)
            changed.append({"entry": row.entry, "previous": previous, "hash": found})
            last, previous = row.entry, found
        connection.execute(sa.text(WRITE), changed)
    if last:
        connection.execute(
            sa.text("INSERT INTO audit_head (one, entry, hash) VALUES (1, :entry, :hash)"),
            {"entry": last, "hash": previous},
        )


def _hash(row: sa.Row[tuple[object, ...]], previous: str) -> str:
    at = EPOCH + timedelta(microseconds=row.at)
    plain = {
        "entry": row.entry,
        "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": row.actor,
        "action": row.action,
        "object_kind": row.object_kind,
        "object_id": row.object_id,
        "before": json.loads(row.before),
        "after": json.loads(row.after),
        "previous": previous,
    }
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
    else:
        op.execute("DROP TRIGGER audit_event_no_update")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_event_append_only")
    else:
        op.execute(
            "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event"
            " BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
        )
