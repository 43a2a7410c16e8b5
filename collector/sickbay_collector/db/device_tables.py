"""Tables of devices, how they came in, what they are now and what is in them."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table

from sickbay_collector.core.device import Criticality, DeviceClass, DeviceStatus
from sickbay_collector.db.tables import metadata, partial
from sickbay_collector.db.types import TEXT, Closed, EvidenceText, Flag, TextList, UTCDateTime

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
    partial("ix_device_pending", "enrolled_at", where="status = 'pending'"),
    partial("ix_device_twin", "enrolled_at", where="possible_duplicate_of IS NOT NULL"),
    # A repeated Enroll finds its device again; two at once make one.
    partial("uq_device_enroll_nonce", "enroll_nonce", where="enroll_nonce <> ''", unique=True),
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
    partial("uq_section_version_current", "device_id", "kind", where="until IS NULL", unique=True),
    Index(None, "hash"),
)
