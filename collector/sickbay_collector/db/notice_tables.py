"""The tables of notifications: what has to be sent, and what became of it."""

from sqlalchemy import Column, Index, Integer, Table, text

from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import COUNTER, TEXT, Closed, TextList, TextMap, UTCDateTime

IS_WAITING = text("outbox.state IN ('queued', 'retried')")
"""In these words, so that both databases see that the partial indexes fit."""
GIVEN_UP = text("outbox.state IN ('dead', 'withdrawn')")
"""As `IS_WAITING`: what nobody gets any more, unless it is tried again by hand."""
_WAITING = text("state IN ('queued', 'retried')")

outbox = Table(
    "outbox",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("channel", TEXT, nullable=False),
    Column("payload", TextMap, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("sent_at", UTCDateTime),
    Column("claimed_until", UTCDateTime),
    Column("not_before", UTCDateTime, nullable=False, server_default="0"),
    Column("recipient", TEXT, nullable=False, server_default=""),
    Column("address", TEXT, nullable=False, server_default=""),
    Column("ticket_id", TEXT),
    Column("rank", Integer, nullable=False, server_default="1"),
    Column("bundle", TEXT, nullable=False, server_default=""),
    Column("fallbacks", TextList, nullable=False, server_default="[]"),
    Column("state", Closed(MessageState), nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("turn_at", UTCDateTime),
    Column("last_error", TEXT, nullable=False, server_default=""),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Index(
        "ix_outbox_waiting",
        "rank",
        "not_before",
        "key",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
    Index(
        "ix_outbox_bundle",
        "bundle",
        "channel",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
    Index(
        "ix_outbox_sent",
        "sent_at",
        sqlite_where=text("sent_at IS NOT NULL"),
        postgresql_where=text("sent_at IS NOT NULL"),
    ),
    Index(
        "ix_outbox_given_up",
        "created_at",
        sqlite_where=text("state IN ('dead', 'withdrawn')"),
        postgresql_where=text("state IN ('dead', 'withdrawn')"),
    ),
    Index(
        "ix_outbox_dead",
        "key",
        sqlite_where=text("state = 'dead'"),
        postgresql_where=text("state = 'dead'"),
    ),
)

delivery = Table(
    "delivery",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("key", TEXT, nullable=False),
    Column("ticket_id", TEXT),
    Column("channel", TEXT, nullable=False),
    Column("recipient", TEXT, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("state", Closed(MessageState), nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("sent_as", TEXT, nullable=False),
    Index("ix_delivery_at", "at"),
    Index("ix_delivery_ticket", "ticket_id", "entry"),
    Index("ix_delivery_recipient", "recipient", "at"),
    Index("ix_delivery_channel", "channel", "at"),
)
