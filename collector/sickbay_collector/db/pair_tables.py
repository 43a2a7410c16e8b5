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

# Records that ended; nobody's survivor is one of them. Outside of every scope, so that an old id
# leads on for whoever may see the survivor.
device_alias = Table(
    "device_alias",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("hostname", TEXT, nullable=False),
    Column("hostname_key", TEXT, nullable=False),
    Column("survivor", TEXT, ForeignKey("device.device_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Index(None, "hostname_key"),
    Index(None, "survivor"),
)
