"""The table of alerts."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from sickbay_collector.db.tables import metadata, partial
from sickbay_collector.db.types import TEXT, ReadingList, UTCDateTime

alert = Table(
    "alert",
    metadata,
    Column("alert_id", TEXT, primary_key=True),
    Column("device_id", TEXT, ForeignKey("device.device_id"), nullable=False),
    Column("rule_id", TEXT, nullable=False),
    Column("rule_version", TEXT, nullable=False),
    Column("family", TEXT, nullable=False),
    Column("instance", TEXT, nullable=False),
    Column("instance_label", TEXT, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("closed_at", UTCDateTime),
    Column("sentence", TEXT, nullable=False),
    Column("suppressed_reason", TEXT, nullable=False),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id")),
    Column("urgency", Integer, nullable=False),
    Column("measured_at", UTCDateTime),
    Column("readings", ReadingList, nullable=False),
    Column("history", TEXT, nullable=False),
    Column("closes_when", TEXT, nullable=False),
    partial("ix_alert_open", "device_id", where="status IN ('open', 'clearing')"),
    Index(None, "device_id", "opened_at"),
    Index(None, "opened_at", "alert_id"),
    # What rules did is counted by the index alone: the last columns are not looked for.
    Index(
        "ix_alert_tally",
        *("rule_id", "opened_at", "status", "suppressed_reason", "ticket_id", "device_id"),
    ),
    Index(None, "ticket_id"),
)
