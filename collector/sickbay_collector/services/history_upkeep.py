"""Keeps history small: closes hours that were left open, rolls up days, drops what is too old.

Each step is a short transaction of its own with a pause after it, so that ingest, which shares the
one writer of SQLite, never waits long. All steps may be interrupted or run twice.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.history import Resolution, day_of, hour_of
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.history_ports import UnrolledDay
from sickbay_collector.services.ports import OpenUnitOfWork

log = logging.getLogger(__name__)

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

# A device reports at least once an hour; what it left open for two is over.
_LEFT_OPEN_HOURS = 2
# After the last hours of a day were closed, by the devices or by us.
_ROLL_UP_AFTER = timedelta(hours=3)
_DEVICES_AT_ONCE = 50
_DAYS_AT_ONCE = 500
DROP_AT_ONCE = 100
"""Rows of one transaction: 3 MB of samples, which SQLite drops within some 10 ms."""
_PAUSE_S = 0.01
_DROP_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long each kind of history is kept."""

    samples: timedelta
    hours: timedelta
    """Roll-ups by hour."""
    days: timedelta
    """Roll-ups by day."""

    def first_kept(self, resolution: Resolution, now: datetime) -> datetime:
        """Return what is kept from: the begin of a UTC day, month or year.

        These are the partitions of PostgreSQL. Rounded down, so that all is kept at least as long
        as was asked for.
        """
        if resolution is Resolution.SAMPLE:
            return _midnight(now - self.samples)
        if resolution is Resolution.HOUR:
            return _midnight(now - self.hours).replace(day=1)
        return _midnight(now - self.days).replace(month=1, day=1)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def close_left_open(open_uow: OpenUnitOfWork, now: datetime, pause: Pause) -> int:
    """Close the running hours of devices that went silent; return how many.

    The state row's version moves on, so a collector that has the device in memory reads it anew.
    """
    before_hour, closed = hour_of(now) - _LEFT_OPEN_HOURS, 0
    while True:
        with open_uow() as uow:
            found = uow.history.left_open(before_hour, limit=_DEVICES_AT_ONCE)
        done = sum(_close(open_uow, device_id, before_hour) for device_id in found)
        closed += done
        # Where none could be closed, others are at work on the same devices.
        if len(found) < _DEVICES_AT_ONCE or not done or pause(_PAUSE_S):
            break
    if closed:
        log.info("history.closed hours=%d", closed)
    return closed


def _close(open_uow: OpenUnitOfWork, device_id: DeviceId, before_hour: int) -> bool:
    with open_uow() as uow:
        state = uow.states.load([device_id]).get(device_id)
        if state is None or not state.frames or state.hour >= before_hour:
            return False
        if uow.states.save([replace(state, version=state.version + 1, frames=b"")]):
            return False
        try:
            uow.history.close_hour(device_id, state.hour, state.frames)
        except DamagedError as error:
            # Damaged frames would be tried for ever; the row keeps nothing that can be read.
            log.error("history.lost device=%s hour=%d %s", device_id, state.hour, error)  # noqa: TRY400
        uow.commit()
    return True


def roll_up_days(open_uow: OpenUnitOfWork, now: datetime, pause: Pause) -> int:
    """Roll up every day that is over and has hours that no roll-up knows; return how many."""
    before_day, done = day_of(now - _ROLL_UP_AFTER), 0
    after: UnrolledDay | None = None
    while True:
        with open_uow() as uow:
            waiting = uow.history.unrolled(before_day, limit=_DAYS_AT_ONCE, after=after)
        for after in waiting:
            with open_uow() as uow:
                uow.history.roll_up(after.device_id, after.day)
                uow.commit()
            done += 1
            if pause(_PAUSE_S):
                return done
        if len(waiting) < _DAYS_AT_ONCE:
            break
    if done:
        log.info("history.rolled_up days=%d", done)
    return done


def drop_expired(
    open_uow: OpenUnitOfWork, retention: Retention, now: datetime, pause: Pause
) -> int:
    """Drop the rows of history that are older than their retention; return how many."""
    dropped = 0
    for resolution in Resolution:
        before = retention.first_kept(resolution, now)
        while True:
            with open_uow() as uow:
                rows = uow.history.drop(resolution, before, limit=DROP_AT_ONCE)
                uow.commit()
            dropped += rows
            if rows < DROP_AT_ONCE:
                break
            if pause(_DROP_PAUSE_S):
                return dropped
    if dropped:
        log.info("history.dropped rows=%d", dropped)
    return dropped
