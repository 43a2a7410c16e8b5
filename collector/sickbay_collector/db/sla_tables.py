"""Tables of what was promised for tickets."""

from sqlalchemy import Column, Double, ForeignKey, Index, Table

from sickbay_collector.core.desk.sla import SlaEventKind, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.db.tables import metadata, partial
from sickbay_collector.db.types import COUNTER, TEXT, Closed, UTCDateTime

# The ledger of what was promised: appended to, never changed.
sla_event = Table(
    "sla_event",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("target", Closed(SlaTarget), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("kind", Closed(SlaEventKind), nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("priority", Closed(Priority), nullable=False),
    Column("policy", TEXT, nullable=False),
    Column("calendar", TEXT, nullable=False),
    Column("within_s", Double),
    Column("outcome", Closed(SlaState)),
    Index(None, "ticket_id", "entry"),
    partial("ix_sla_event_outcome", "target", "priority", "outcome", where="outcome IS NOT NULL"),
)

# What the ledger comes to, so that lists and the sweep need not reckon.
sla_clock = Table(
    "sla_clock",
    metadata,
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), primary_key=True),
    Column("target", Closed(SlaTarget), primary_key=True),
    Column("state", Closed(SlaState), nullable=False),
    Column("policy", TEXT, nullable=False),
    Column("calendar", TEXT, nullable=False),
    Column("within_s", Double, nullable=False),
    Column("due_at", UTCDateTime),
    Column("next_at", UTCDateTime),
    Column("warned_at", UTCDateTime),
    Column("breached_at", UTCDateTime),
    Column("stopped_at", UTCDateTime),
    Column("book", TEXT, nullable=False),
    partial("ix_sla_clock_next", "next_at", "ticket_id", "target", where="next_at IS NOT NULL"),
    partial("ix_sla_clock_open", "target", "state", where="stopped_at IS NULL"),
    partial(
        "ix_sla_clock_due",
        "ticket_id",
        "due_at",
        "stopped_at",
        where="stopped_at IS NULL AND due_at IS NOT NULL",
    ),
)
