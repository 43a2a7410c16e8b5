"""The tables of what people decided about devices that look alike."""

from sqlalchemy import Column, ForeignKey, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

# Each pair once: `one` sorts before `other`.
device_apart = Table(
    "device_apart",
    metadata,
    Column("one", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("other", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Index(None, "other"),
)
