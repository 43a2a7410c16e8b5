"""Whether a device can be expected to report, and will be let in, asked of the database."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, case, type_coerce

from sickbay_collector.core.device import (
    EXPIRING_SHARE,
    CertificateState,
    Goodbye,
    Presence,
    lost_after_s,
)
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.types import to_micros

_LINE = device_line.c
_MICROS_PER_S = 1_000_000


def presence_column(now: datetime, started_at: datetime) -> ColumnElement[str]:
    """Return a device's presence, as `core.device.presence` has it of its line."""
    interval_s = _LINE.report_interval_s
    silent = to_micros(now) - type_coerce(_LINE.received_at, BigInteger)
    up_s = (now - started_at).total_seconds()
    shortest_s = lost_after_s(0.0)
    lost_s = case((5 * interval_s > shortest_s, 5 * interval_s), else_=shortest_s)
    return case(
        (_LINE.received_at.is_(None), Presence.UNKNOWN.value),
        (_LINE.goodbye == Goodbye.ASLEEP.value, Presence.ASLEEP.value),
        (_LINE.goodbye == Goodbye.SHUTTING_DOWN.value, Presence.SHUT_DOWN.value),
        (silent <= _MICROS_PER_S * (2 * interval_s + 30), Presence.ONLINE.value),
        (2 * interval_s > up_s, Presence.UNKNOWN.value),
        (silent <= _MICROS_PER_S * lost_s, Presence.LATE.value),
        else_=Presence.LOST.value,
    )


def certificate_column(now: datetime) -> ColumnElement[str]:
    """Return how long a device's certificate is good for, as `certificate_state` has it."""
    issued = type_coerce(device.c.certificate_issued_at, BigInteger)
    expires = type_coerce(device.c.certificate_expires_at, BigInteger)
    left = expires - to_micros(now)
    return case(
        (expires.is_(None), CertificateState.UNKNOWN.value),
        (left <= 0, CertificateState.EXPIRED.value),
        (left <= EXPIRING_SHARE * (expires - issued), CertificateState.EXPIRING.value),
        else_=CertificateState.VALID.value,
    )
