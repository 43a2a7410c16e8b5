"""The table of feed tokens."""

from sqlalchemy import Column, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

feed_token = Table(
    "feed_token",
    metadata,
    Column("feed_id", TEXT, primary_key=True),
    Column("secret_hash", TEXT, nullable=False),
    Column("login", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("created_by", TEXT, nullable=False),
    Column("revoked_at", UTCDateTime),
    Index("uq_feed_token_secret_hash", "secret_hash", unique=True),
)
