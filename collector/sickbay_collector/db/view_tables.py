"""The table of views that people keep."""

from sqlalchemy import Boolean, Column, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

saved_view = Table(
    "saved_view",
    metadata,
    Column("view_id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("query", TEXT, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("saved_at", UTCDateTime, nullable=False),
    # One of a name for each login: who saves it again changes it.
    Index("uq_saved_view_owner_name", "owner", "name", unique=True),
)
