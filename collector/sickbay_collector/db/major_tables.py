"""The tables of major incidents. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, Double, ForeignKey, Integer, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, UTCDateTime

major_incident = Table(
    "major_incident",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("owner", TEXT, nullable=False),
    Column("update_every_s", Double, nullable=False),
    Column("declared_at", UTCDateTime, nullable=False),
    Column("declared_by", TEXT, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Column("due_at", UTCDateTime),
    Column("updates", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("ended_at", UTCDateTime),
)

major_subscriber = Table(
    "major_subscriber",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("who", TEXT, primary_key=True),
)
