"""The table of links that sign somebody in once."""

from sqlalchemy import Column, ForeignKey, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("secret_hash", TEXT, primary_key=True),
    Column("person_id", TEXT, ForeignKey("person.person_id"), nullable=False),
    Column("device_id", TEXT, ForeignKey("device.device_id")),
    Column("made_by", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
    Column("used_at", UTCDateTime),
    Index(None, "expires_at"),
)
