"""Tables of applied configuration and of the audit. A change needs a migration; a test compares."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import COUNTER, TEXT, TextMap, UTCDateTime

config_entry = Table(
    "config_entry",
    metadata,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("applied_at", UTCDateTime, nullable=False),
    Column("applied_by", TEXT, nullable=False),
)

# One row, which every collector looks at each second.
config_revision = Table(
    "config_revision",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

# Appended to, never changed; each event has the hash of the one before.
audit_event = Table(
    "audit_event",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("object_kind", TEXT, nullable=False),
    Column("object_id", TEXT, nullable=False),
    Column("before", TextMap, nullable=False),
    Column("after", TextMap, nullable=False),
    Column("previous", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False),
    Index(None, "object_kind", "object_id", "entry"),
    Index(None, "actor", "entry"),
    Index(None, "at"),
)

# One row: the end of the chain, which who appends to it holds until the commit.
audit_head = Table(
    "audit_head",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    Column("hash", TEXT, nullable=False),
)

# One row: how far somebody has looked whether the chain holds, and what did not.
audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("entry", BigInteger, nullable=False),
    Column("hash", TEXT, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("broken_entry", BigInteger),
    Column("broken_why", TEXT),
    Column("checked_at", UTCDateTime, nullable=False),
    Column("checked_by", TEXT, nullable=False),
)
