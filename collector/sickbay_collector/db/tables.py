"""The tables. Columns are named like the fields of the values that the stores return.

Ids are text (UUIDv7), times whole microseconds (`types.py`). A change here needs a migration; a
test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    text,
)

from sickbay_collector.core.desk.sla import SlaEventKind, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import (
    Priority,
    TicketKind,
    TicketSource,
    TicketStatus,
    Visibility,
)
from sickbay_collector.core.device import Criticality, DeviceClass, DeviceStatus
from sickbay_collector.db.types import (
    COUNTER,
    TEXT,
    Closed,
    EvidenceText,
    Flag,
    PlainText,
    ReadingList,
    TextList,
    TextMap,
    UTCDateTime,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

OPEN_TICKET = "status NOT IN ('closed', 'cancelled') AND merged_into IS NULL AND family IS NOT NULL"
"""Of which tickets a device has one per family."""

LISTED_TICKET = "status NOT IN ('closed', 'cancelled')"
"""Which tickets are not over."""

NEEDED_NOBODY = "(acknowledged_at IS NULL AND resolved_at IS NOT NULL) OR closure_code = 'no_fault'"
"""Which tickets were over before anybody acknowledged them, or were no fault."""

UNROUTED_TICKET = "status IN ('new', 'reopened') AND assignee = ''"
"""Which tickets wait for somebody to have them."""


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


device = Table(
    "device",
    metadata,
    Column("device_id", TEXT, primary_key=True),
    Column("hostname", TEXT, nullable=False),
    Column("status", Closed(DeviceStatus), nullable=False),
    Column("device_class", Closed(DeviceClass), nullable=False),
    Column("criticality", Closed(Criticality), nullable=False),
    Column("agent_instance_id", TEXT, nullable=False),
    Column("agent_version", TEXT, nullable=False),
    Column("capabilities", TextList, nullable=False),
    Column("key_fingerprint", TEXT, nullable=False),
    Column("next_key_fingerprint", TEXT, nullable=False),
    Column("evidence", EvidenceText, nullable=False),
    Column("enrolled_at", UTCDateTime, nullable=False),
    Column("enroll_nonce", TEXT, nullable=False),
    Column("revoked_at", UTCDateTime),
    Column("revoke_reason", TEXT, nullable=False),
    Column("possible_duplicate_of", TEXT, ForeignKey("device.device_id")),
    Column("certificate_issued_at", UTCDateTime),
    Column("certificate_expires_at", UTCDateTime),
    # In small letters, of every script: the databases fold ASCII's only.
    Column("hostname_key", TEXT, nullable=False),
    Index(None, "hostname", "device_id"),
    Index(None, "hostname_key", "device_id"),
    Index(None, "agent_instance_id"),
    _partial("ix_device_pending", "enrolled_at", where="status = 'pending'"),
    _partial("ix_device_twin", "enrolled_at", where="possible_duplicate_of IS NOT NULL"),
    # A repeated Enroll finds its device again; two at once make one.
    _partial("uq_device_enroll_nonce", "enroll_nonce", where="enroll_nonce <> ''", unique=True),
)

enrollment_token = Table(
    "enrollment_token",
    metadata,
    Column("token_id", TEXT, primary_key=True),
    Column("secret_hash", TEXT, nullable=False, unique=True),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
    Column("max_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("revoked_at", UTCDateTime),
    Column("comment", TEXT, nullable=False),
    Column("networks", TextList, nullable=False, server_default="[]"),
    Column("approval", Flag, nullable=False, server_default="0"),
    Column("adopt", Flag, nullable=False, server_default="0"),
    Column("refusals", Integer, nullable=False, server_default="0"),
    Column("refused_at", UTCDateTime),
    Column("refused_from", TEXT, nullable=False, server_default=""),
)

# How each device came in, the last time that it did.
enrollment = Table(
    "enrollment",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("token_id", TEXT, ForeignKey("enrollment_token.token_id"), nullable=False),
    Column("address", TEXT, nullable=False),
)

# Written with every report: the small columns that lists read stand before the two large ones, so
# that reading them does not follow SQLite's overflow pages.
device_state = Table(
    "device_state",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Column("observed_at", UTCDateTime),
    Column("report_interval_s", Double, nullable=False),
    Column("goodbye", TEXT, nullable=False),
    Column("clock_offset_s", Double, nullable=False),
    Column("score", Double),
    Column("score_low", Double, nullable=False),
    Column("score_high", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("open_alerts", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("frames", LargeBinary, nullable=False),
    Column("score_day_ago", Double),
    Column("score_week_ago", Double),
)

section_content = Table(
    "section_content",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

section_version = Table(
    "section_version",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("kind", TEXT, primary_key=True),
    Column("since", UTCDateTime, primary_key=True),
    Column("until", UTCDateTime),
    Column("hash", LargeBinary, ForeignKey("section_content.hash"), nullable=False),
    _partial("uq_section_version_current", "device_id", "kind", where="until IS NULL", unique=True),
    Index(None, "hash"),
)

# Tables of history are keyed by time first: what is written now stands together, and so does what
# retention drops. A read names its hours or days, so each is one look-up. No foreign keys: they
# would make dropping a partition lock the device table, and devices outlive their history.

# Closed hours of days that are not rolled up yet.
history_hour = Table(
    "history_hour",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# The samples of one day, its roll-ups by hour, and roll-ups by day of one month; days and months
# since 1970.
history_samples = Table(
    "history_samples",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (day)",
)
history_day = Table(
    "history_day",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (day)",
)
history_month = Table(
    "history_month",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    postgresql_partition_by="RANGE (month)",
)

# Days that have closed hours in `history_hour`; readers sum those up themselves.
history_unrolled = Table(
    "history_unrolled",
    metadata,
    Column("device_id", TEXT, primary_key=True),
    Column("day", Integer, primary_key=True),
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
    _partial(
        "uq_ticket_open",
        "device_id",
        "family",
        where=OPEN_TICKET,
        unique=True,
    ),
    Index(None, "device_id", "opened_at"),
    _partial("ix_ticket_resolved", "resolved_at", where="status = 'resolved'"),
    _partial("ix_ticket_family", "family", "opened_at", where="family IS NOT NULL"),
    _partial("ix_ticket_problem", "problem_id", where="problem_id <> ''"),
    # Have what lists filter and sort by, so that they read nothing else of a wide row.
    Index("ix_ticket_titled", "opened_at", "ticket_id", "title", "priority", "number"),
    _partial(
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
    _partial("ix_ticket_unrouted", "opened_at", "ticket_id", where=UNROUTED_TICKET),
    _partial("ix_ticket_noise", "ticket_id", where=NEEDED_NOBODY),
    _partial("ix_ticket_merged", "merged_into", where="merged_into IS NOT NULL"),
    sqlite_autoincrement=True,
)

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
    _partial("ix_alert_open", "device_id", where="status IN ('open', 'clearing')"),
    Index(None, "device_id", "opened_at"),
    Index(None, "opened_at", "alert_id"),
    # What rules did is counted by the index alone: the last columns are not looked for.
    Index(
        "ix_alert_tally",
        *("rule_id", "opened_at", "status", "suppressed_reason", "ticket_id", "device_id"),
    ),
    Index(None, "ticket_id"),
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
    _partial("ix_sla_event_outcome", "target", "priority", "outcome", where="outcome IS NOT NULL"),
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
    _partial("ix_sla_clock_next", "next_at", "ticket_id", "target", where="next_at IS NOT NULL"),
    _partial("ix_sla_clock_open", "target", "state", where="stopped_at IS NULL"),
    _partial(
        "ix_sla_clock_due",
        "ticket_id",
        "due_at",
        "stopped_at",
        where="stopped_at IS NULL AND due_at IS NOT NULL",
    ),
)

lease = Table(
    "lease",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("holder", TEXT, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UTCDateTime, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_id", TEXT, primary_key=True),
    Column("secret_hash", TEXT, nullable=False, unique=True),
    Column("user", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("revoked_at", UTCDateTime),
    Column("sites", TextList, nullable=False, server_default="[]"),
    Column("tags", TextList, nullable=False, server_default="[]"),
    Column("made_by", TEXT, nullable=False, server_default=""),
)
