"""The table of who looks at which ticket at this moment."""

from sqlalchemy import Boolean, Column, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

# Rows live for minutes, so they refer to nothing.
ticket_presence = Table(
    "ticket_presence",
    metadata,
    Column("ticket_id", TEXT, primary_key=True),
    Column("login", TEXT, primary_key=True),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("is_writing", Boolean, nullable=False),
    Index(None, "seen_at"),
)
