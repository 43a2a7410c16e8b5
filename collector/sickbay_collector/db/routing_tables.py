"""The table of rankings. A change here needs a migration; a test compares the two."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text

from sickbay_collector.db.ranking_text import RankingText
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.types import COUNTER, TEXT, Closed, UTCDateTime
from sickbay_collector.services.routing_ports import RoutingCause

IN_HAND = (
    "assignee <> '' AND status NOT IN ('resolved', 'closed', 'cancelled') AND merged_into IS NULL"
)
"""Which tickets fill a technician's capacity."""

DONE = "assignee <> '' AND (resolved_at IS NOT NULL OR reopen_count > 0)"
"""Which tickets tell how a technician fared with them."""

# Appended to, never changed: each decision stays as it was made.
ticket_ranking = Table(
    "ticket_ranking",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("cause", Closed(RoutingCause), nullable=False),
    Column("tier", TEXT, nullable=False),
    Column("queue", TEXT, nullable=False),
    Column("rule", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("ranking", RankingText, nullable=False),
    Index(None, "ticket_id", "entry"),
)

# Both are read at each decision and hold all that is read of them.
Index(
    "ix_ticket_in_hand",
    ticket.c.assignee,
    sqlite_where=text(IN_HAND),
    postgresql_where=text(IN_HAND),
)
Index(
    "ix_ticket_done",
    ticket.c.category,
    ticket.c.family,
    ticket.c.opened_at,
    ticket.c.assignee,
    ticket.c.reopen_count,
    sqlite_where=text(DONE),
    postgresql_where=text(DONE),
)
