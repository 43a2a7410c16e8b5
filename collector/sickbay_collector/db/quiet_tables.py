"""The tables of silences and maintenance windows. A change here needs a migration."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from sickbay_collector.core.alerts.matcher import Matcher
from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.core.alerts.window import OccurrenceState
from sickbay_collector.core.device import DeviceClass, Presence
from sickbay_collector.db.tables import metadata, partial
from sickbay_collector.db.types import (
    COUNTER,
    TEXT,
    Closed,
    ReadingList,
    TextList,
    UTCDateTime,
)


class MatcherText(TypeDecorator[Matcher]):
    """A matcher, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Matcher | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else json.dumps(value.to_plain(), separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Matcher | None:
        """Return the matcher."""
        del dialect
        if value is None:
            return None
        return Matcher.of(cast("Mapping[str, list[str]]", json.loads(value)))


class LocalTime(TypeDecorator[datetime]):
    """A date and time of some zone, without it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the time."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


# One row, written with every change of silences and windows: who holds it keeps them as they are.
quiet_revision = Table(
    "quiet_revision",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

silence = Table(
    "silence",
    metadata,
    Column("number", COUNTER, primary_key=True, autoincrement=True),
    Column("matcher", MatcherText, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Column("ended_by", TEXT, nullable=False),
    Index(None, "ends_at"),
)

maintenance_window = Table(
    "maintenance_window",
    metadata,
    Column("number", COUNTER, primary_key=True, autoincrement=True),
    Column("title", TEXT, nullable=False),
    Column("matcher", MatcherText, nullable=False),
    Column("start", LocalTime, nullable=False),
    Column("zone", TEXT, nullable=False),
    Column("duration_s", Double, nullable=False),
    Column("rrule", TEXT, nullable=False),
    Column("until", UTCDateTime, nullable=False),
    Column("grace_s", Double, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("cancelled_at", UTCDateTime),
    Column("cancelled_by", TEXT, nullable=False),
)

window_occurrence = Table(
    "window_occurrence",
    metadata,
    Column("window", BigInteger, ForeignKey("maintenance_window.number"), primary_key=True),
    Column("occurrence", Integer, primary_key=True),
    Column("state", Closed(OccurrenceState), nullable=False),
    Column("starts_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Column("checks_at", UTCDateTime, nullable=False),
    Column("devices_up", Integer, nullable=False),
    Column("devices_back", Integer, nullable=False),
    Column("ticket_id", TEXT, ForeignKey("ticket.ticket_id")),
    # At most one occurrence of a window is ahead or under way.
    partial(
        "uq_window_occurrence_open",
        "window",
        where="state IN ('planned', 'active', 'verifying')",
        unique=True,
    ),
)

window_device = Table(
    "window_device",
    metadata,
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("occurrence", Integer, primary_key=True, autoincrement=False),
    Column("device_id", TEXT, ForeignKey("device.device_id"), primary_key=True),
    Column("hostname", TEXT, nullable=False),
    Column("device_class", Closed(DeviceClass), nullable=False),
    Column("presence", Closed(Presence), nullable=False),
    Column("alerts", TextList, nullable=False),
    Column("services", TextList, nullable=False),
    Column("outcome", TEXT, nullable=False),
    Column("lost", TextList, nullable=False),
)

muted_alert = Table(
    "muted_alert",
    metadata,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("alert_id", TEXT, ForeignKey("alert.alert_id"), nullable=False),
    Column("device_id", TEXT, ForeignKey("device.device_id"), nullable=False),
    Column("rule_id", TEXT, nullable=False),
    Column("instance", TEXT, nullable=False),
    Column("instance_label", TEXT, nullable=False),
    Column("source", Closed(MuteSource), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("muted_at", UTCDateTime, nullable=False),
    Column("until", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    Column("outcome", TEXT, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("sentence", TEXT, nullable=False),
    Column("closes_when", TEXT, nullable=False),
    Column("history", TEXT, nullable=False),
    Column("readings", ReadingList, nullable=False),
    partial("uq_muted_alert_running", "alert_id", where="ended_at IS NULL", unique=True),
    Index(None, "source", "number", "occurrence", "entry"),
    Index(None, "alert_id"),
)
