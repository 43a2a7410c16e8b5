"""The table of keys that all collectors of a database share."""

from sqlalchemy import Column, LargeBinary, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT

secret = Table(
    "secret",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
