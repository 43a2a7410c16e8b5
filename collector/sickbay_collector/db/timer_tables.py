"""The table of timers. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, Index, Integer, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

timer = Table(
    "timer",
    metadata,
    Column("kind", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("due_at", UTCDateTime, nullable=False),
    Column("next_at", UTCDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index(None, "next_at", "kind", "key"),
)
