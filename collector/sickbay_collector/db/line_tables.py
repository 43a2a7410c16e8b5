"""The table that lists of devices are read from.

A state row is 5 to 10 KB, so a look at the states of 100,000 devices is a gigabyte. A line has what
lists sort and filter by, some 250 bytes: reading all of them takes 20 to 60 ms, in any order.
"""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Table, text

from sickbay_collector.core.device import Criticality, DeviceClass, DeviceStatus
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.types import TEXT, Closed, UTCDateTime

_TURNS = "site_then <> ''"

device_line = Table(
    "device_line",
    metadata,
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    # As of the device.
    Column("hostname_key", TEXT, nullable=False),
    Column("status", Closed(DeviceStatus), nullable=False),
    Column("device_class", Closed(DeviceClass), nullable=False),
    Column("criticality", Closed(Criticality), nullable=False),
    Column("agent_version", TEXT, nullable=False),
    Column("enrolled_at", UTCDateTime, nullable=False),
    # As of its inventory.
    Column("os_name", TEXT, nullable=False, server_default=""),
    Column("model", TEXT, nullable=False, server_default=""),
    # As of its asset record: what it is, and what it is once what a person said is over.
    Column("owner_key", TEXT, nullable=False, server_default=""),
    Column("owner_key_then", TEXT, nullable=False, server_default=""),
    Column("owner_turns_at", UTCDateTime),
    Column("site", TEXT, nullable=False, server_default=""),
    Column("site_then", TEXT, nullable=False, server_default=""),
    Column("site_turns_at", UTCDateTime),
    # As of its state; absent before the first report.
    Column("received_at", UTCDateTime),
    Column("report_interval_s", Double),
    Column("goodbye", TEXT),
    Column("score", Double),
    Column("score_low", Double),
    Column("score_high", Double),
    Column("confidence", Double),
    Column("open_alerts", Integer, nullable=False, server_default="0"),
    Column("score_day_ago", Double),
    Column("score_week_ago", Double),
    # Of what no report changes: PostgreSQL then writes a report's line without touching an index.
    Index(None, "hostname_key", "device_id"),
    Index(None, "site"),
    # Of few devices is it known that they will be elsewhere.
    Index(
        "ix_device_line_site_then",
        "site_then",
        sqlite_where=text(_TURNS),
        postgresql_where=text(_TURNS),
    ),
)
