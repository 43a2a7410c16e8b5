"""The table of the desk's facts. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, Double, ForeignKey, Index, Table

from sickbay_collector.core.desk.fact import FactKind
from sickbay_collector.core.desk.ticket import Priority, TicketKind, TicketSource
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import COUNTER, TEXT, Closed, UTCDateTime

desk_fact = Table(
    "desk_fact",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("kind", Closed(FactKind), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("ticket_kind", Closed(TicketKind), nullable=False),
    Column("source", Closed(TicketSource), nullable=False),
    Column("priority", Closed(Priority), nullable=False),
    Column("tier", TEXT, nullable=False),
    Column("category", TEXT, nullable=False),
    Column("site", TEXT, nullable=False),
    Column("technician", TEXT, nullable=False),
    Column("elapsed_s", Double),
    Column("sla_s", Double),
    Index(None, "at"),
    Index(None, "ticket_id", "entry"),
)
