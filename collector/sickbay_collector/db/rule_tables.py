"""The table of changes of alert rules. A change here needs a migration; a test compares."""

from sqlalchemy import BigInteger, Column, Index, Table

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import COUNTER, TEXT, Flag, UTCDateTime

# Appended to, never changed.
rule_change = Table(
    "rule_change",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("rule_id", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("enabled", Flag, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("note", TEXT, nullable=False),
    Index(None, "rule_id", "entry"),
)
