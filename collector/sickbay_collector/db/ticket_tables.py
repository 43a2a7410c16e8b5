"""Tables of tickets, what was done on them and what was measured."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, Table

from sickbay_collector.core.desk.ticket import (
    Priority,
    TicketKind,
    TicketSource,
    TicketStatus,
    Visibility,
)
from sickbay_collector.db.tables import metadata, partial
from sickbay_collector.db.types import (
    COUNTER,
    TEXT,
    Closed,
    Flag,
    PlainText,
    TextList,
    TextMap,
    UTCDateTime,
)

OPEN_TICKET = "status NOT IN ('closed', 'cancelled') AND merged_into IS NULL AND family IS NOT NULL"
"""Of which tickets a device has one per family."""

LISTED_TICKET = "status NOT IN ('closed', 'cancelled')"
"""Which tickets are not over."""

NEEDED_NOBODY = "(acknowledged_at IS NULL AND resolved_at IS NOT NULL) OR closure_code = 'no_fault'"
"""Which tickets were over before anybody acknowledged them, or were no fault."""

UNROUTED_TICKET = "status IN ('new', 'reopened') AND assignee = ''"
"""Which tickets wait for somebody to have them."""

# Numbered by the database; numbers of attempts that found an open ticket stay unused.
ticket = Table(
    "ticket",
    metadata,
    Column("number", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False),
    Column("device_id", TEXT, ForeignKey("device.device_id")),
    Column("family", TEXT),
    Column("source", Closed(TicketSource), nullable=False),
    Column("status", Closed(TicketStatus), nullable=False),
    Column("title", TEXT, nullable=False),
    Column("description", TEXT, nullable=False),
    Column("category", TEXT, nullable=False),
    Column("service", TEXT, nullable=False, server_default=""),
    Column("priority", Closed(Priority), nullable=False),
    Column("impact", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("priority_reason", TEXT, nullable=False),
    Column("tier", PlainText, nullable=False),
    Column("queue", TEXT, nullable=False),
    Column("routing_reason", TEXT, nullable=False),
    Column("assignee", TEXT, nullable=False),
    Column("runbook", TEXT, nullable=False),
    Column("reopen_window_s", Double, nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("acknowledged_at", UTCDateTime),
    Column("resolved_at", UTCDateTime),
    Column("closed_at", UTCDateTime),
    Column("reopen_count", Integer, nullable=False),
    Column("resolution", TEXT, nullable=False),
    Column("merged_into", TEXT, ForeignKey("ticket.ticket_id")),
    Column("kind", Closed(TicketKind), nullable=False, server_default="incident"),
    Column("requester", TEXT, nullable=False, server_default=""),
    Column("site", TEXT, nullable=False, server_default=""),
    Column("subcategory", TEXT, nullable=False, server_default=""),
    Column("product", TEXT, nullable=False, server_default=""),
    Column("product_version", TEXT, nullable=False, server_default=""),
    Column("required_skills", TextList, nullable=False, server_default="[]"),
    Column("major", Flag, nullable=False, server_default="0"),
    Column("resolution_mode", TEXT, nullable=False, server_default=""),
    Column("cause_code", TEXT, nullable=False, server_default=""),
    Column("resolution_code", TEXT, nullable=False, server_default=""),
    Column("closure_code", TEXT, nullable=False, server_default=""),
    Column("acknowledged_by", TEXT, nullable=False, server_default=""),
    Column("assigned_at", UTCDateTime),
    Column("tier_since", UTCDateTime),
    Column("tier_raises", Integer, nullable=False, server_default="0"),
    Column("reassignments", Integer, nullable=False, server_default="0"),
    Column("snoozed_until", UTCDateTime),
    Column("problem_id", TEXT, nullable=False, server_default=""),
    partial(
        "uq_ticket_open",
        "device_id",
        "family",
        where=OPEN_TICKET,
        unique=True,
    ),
    Index(None, "device_id", "opened_at"),
    partial("ix_ticket_resolved", "resolved_at", where="status = 'resolved'"),
    partial("ix_ticket_family", "family", "opened_at", where="family IS NOT NULL"),
    partial("ix_ticket_problem", "problem_id", where="problem_id <> ''"),
    # Have what lists filter and sort by, so that they read nothing else of a wide row.
    Index("ix_ticket_titled", "opened_at", "ticket_id", "title", "priority", "number"),
    partial(
        "ix_ticket_listed",
        "opened_at",
        "ticket_id",
        "status",
        "priority",
        "tier",
        "queue",
        "assignee",
        "kind",
        "source",
        "category",
        "site",
        "requester",
        "major",
        "acknowledged_at",
        "title",
        "number",
        where=LISTED_TICKET,
    ),
    partial("ix_ticket_unrouted", "opened_at", "ticket_id", where=UNROUTED_TICKET),
    partial("ix_ticket_noise", "ticket_id", where=NEEDED_NOBODY),
    partial("ix_ticket_merged", "merged_into", where="merged_into IS NOT NULL"),
    sqlite_autoincrement=True,
)

worklog = Table(
    "worklog",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("event", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("visibility", Closed(Visibility), nullable=False),
    Column("before", TextMap, nullable=False),
    Column("after", TextMap, nullable=False),
    Index(None, "ticket_id", "entry"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("item", COUNTER, primary_key=True, autoincrement=True),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("rule_id", TEXT, nullable=False),
    Column("instance", TEXT, nullable=False),
    Column("instance_label", TEXT, nullable=False),
    Column("metric", TEXT, nullable=False),
    Column("unit", TEXT, nullable=False),
    Column("value", Double, nullable=False),
    Column("threshold", TEXT, nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("sentence", TEXT, nullable=False),
    Column("history", TEXT, nullable=False),
    Index(None, "ticket_id", "item"),
)
