"""The words that devices are found by. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT

# By content, which never changes: nothing has to be kept in step with the devices that have it.
section_word = Table(
    "section_word",
    metadata,
    Column("word", TEXT, primary_key=True),
    Column("hash", LargeBinary, ForeignKey("section_content.hash"), primary_key=True),
)
