"""The table of tags. A tag is there as long as a device has it."""

from sqlalchemy import Column, ForeignKey, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

device_tag = Table(
    "device_tag",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("tag", TEXT, primary_key=True),
    Column("added_at", UTCDateTime, nullable=False),
    Column("added_by", TEXT, nullable=False),
    # Which devices have a tag: of a list that is filtered, of a scope.
    Index(None, "tag", "device_id"),
)
