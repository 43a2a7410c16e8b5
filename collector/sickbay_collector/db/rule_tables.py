"""Tables of versions of alert rules and of their changes."""

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

rule_version = Table(
    "rule_version",
    metadata,
    Column("version", TEXT, primary_key=True),
    Column("rule_id", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("recorded_at", UTCDateTime, nullable=False),
    Index(None, "rule_id", "recorded_at"),
)
