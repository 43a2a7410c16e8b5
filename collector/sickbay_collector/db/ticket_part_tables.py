"""The tables of what belongs to tickets beside their rows, and of what was asked for once."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from sickbay_collector.core.desk.parts import CostKind, LinkKind, WatcherKind
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, Closed, TextList, UTCDateTime

ticket_watcher = Table(
    "ticket_watcher",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("kind", Closed(WatcherKind), primary_key=True),
    Column("watcher", TEXT, primary_key=True),
    Column("added_at", UTCDateTime, nullable=False),
    Column("added_by", TEXT, nullable=False),
)

ticket_link = Table(
    "ticket_link",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("kind", Closed(LinkKind), primary_key=True),
    Column("other_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("added_at", UTCDateTime, nullable=False),
    Column("added_by", TEXT, nullable=False),
    Index(None, "other_id"),
)

ticket_cost = Table(
    "ticket_cost",
    metadata,
    Column("cost_id", TEXT, primary_key=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("kind", Closed(CostKind), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price_cents", BigInteger, nullable=False),
    Column("currency", TEXT, nullable=False),
    Index(None, "ticket_id"),
)

vendor_case = Table(
    "vendor_case",
    metadata,
    Column("case_id", TEXT, primary_key=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("vendor", TEXT, nullable=False),
    Column("number", TEXT, nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("opened_by", TEXT, nullable=False),
    Column("promised_at", UTCDateTime),
    Column("closed_at", UTCDateTime),
    Column("outcome", TEXT, nullable=False),
    Index(None, "ticket_id"),
)

# The id of what a request makes, mostly a ticket, is chosen before it is written: it refers to
# nothing.
kept_request = Table(
    "kept_request",
    metadata,
    Column("user", TEXT, primary_key=True),
    Column("route", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("body_hash", TEXT, nullable=False),
    Column("ticket_id", TEXT, nullable=False),
    Column("kept_at", UTCDateTime, nullable=False),
    Index(None, "kept_at"),
)

alert_group = Table(
    "alert_group",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("ticket_id", TEXT, nullable=False),
    Column("firing", TextList, nullable=False),
    Column("left_out", BigInteger, nullable=False),
    Column("heard_at", UTCDateTime, nullable=False, server_default="0"),
    Index(None, "ticket_id"),
    Index(None, "heard_at"),
)
