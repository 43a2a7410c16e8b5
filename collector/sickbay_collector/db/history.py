"""Readings over time: the running hour, then closed hours, then days with their roll-ups.

Closing an hour costs one insert and a mark on its day; nothing else is done while agents wait. A
job rolls up days that are over: their hours become one row of samples, with roll-ups beside it.
Until then a read by hour or day sums up the hours themselves, so it is never behind.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, func, select, tuple_

from sickbay_collector.core.errors import DamagedError, InvalidError
from sickbay_collector.core.history import (
    DAY_HOURS,
    Resolution,
    day_of,
    day_start,
    hour_of,
    month_of,
    month_start,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.device_tables import device_state
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.frames import Points, frame_points, to_series
from sickbay_collector.db.history_join import join_rows
from sickbay_collector.db.history_tables import (
    history_day,
    history_hour,
    history_month,
    history_samples,
    history_unrolled,
)
from sickbay_collector.db.hours import (
    decode_hour,
    hour_message,
    hour_points,
    join_hours,
    pack_day,
    pack_hour,
    unpack_day,
)
from sickbay_collector.db.packed_rows import PackedRows, key_of
from sickbay_collector.db.rollups import (
    Rolled,
    Rollups,
    pack_rollups,
    put,
    roll,
    roll_all,
    roll_hour,
    to_points,
    unpack_rollups,
)
from sickbay_collector.services.history_ports import RollupSeries, Series, UnrolledDay

log = logging.getLogger(__name__)

_ADD_HOUR = (
    "INSERT INTO history_hour (hour, device_id, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
_DROP_HOURS = "DELETE FROM history_hour WHERE device_id = ? AND hour BETWEEN ? AND ?"
_JOIN_HOUR = "UPDATE history_hour SET data = ? WHERE hour = ? AND device_id = ?"
# The update changes nothing, but takes the row: a roll-up under way that is about to delete it
# waits on PostgreSQL until this hour is committed, and then sees it.
_MARK_DAY = (
    "INSERT INTO history_unrolled (device_id, day) VALUES (?, ?) "
    "ON CONFLICT (device_id, day) DO UPDATE SET day = excluded.day"
)
_ROWS = {
    Resolution.SAMPLE: history_samples,
    Resolution.HOUR: history_day,
    Resolution.DAY: history_month,
}


class SqlHistoryStore:
    """Implements `HistoryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = PackedRows(connection)

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        """Pack an hour. Samples that come later, after a device was offline, join it.

        Raises:
            DamagedError: The frames are damaged.
        """
        data = pack_hour(frames)
        if not data:
            return
        # First, so that nothing of the hour is held while a roll-up of the day is waited for.
        self._rows.run(_MARK_DAY, device_id, hour // DAY_HOURS)
        if not self._rows.run(_ADD_HOUR, hour, device_id, data):
            before = self._rows.read(history_hour, device_id, [hour]).get(hour, b"")
            try:
                data = pack_hour(frames, onto=before)
            except DamagedError as error:
                # Else the device's reports would fail from now on.
                log.error("history.replaced device=%s hour=%d %s", device_id, hour, error)  # noqa: TRY400
            self._rows.run(_JOIN_HOUR, data, hour, device_id)

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        """Return the series of these metrics by name, from `since` to before `until`.

        Every instance is there, the running hour too. Where nothing was read there is no point.

        Raises:
            DamagedError: What is stored is damaged.
        """
        wanted = frozenset(metrics)
        within = range(hour_of(since), hour_of(until) + 1)
        hours = self._closed(device_id, _days_of(within), wanted, within=within)
        self._add_running(hours, device_id, wanted, within)
        points: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        for hour in sorted(hours):
            for series in to_series(hours[hour], hour=hour, metrics=wanted):
                points[series.name].extend(
                    point for point in series.points if since <= point[0] < until
                )
        return [
            Series(name=name, points=tuple(points[name])) for name in sorted(points) if points[name]
        ]

    def _closed(
        self,
        device_id: DeviceId,
        days: Collection[int],
        metrics: frozenset[str] | None,
        *,
        within: range,
    ) -> dict[int, Points]:
        """Return the points of closed hours of these days, late ones with those before."""
        found: dict[int, Points] = {}
        for day, data in self._rows.read(history_samples, device_id, days).items():
            for place, message in unpack_day(data).items():
                if day * DAY_HOURS + place in within:
                    found[day * DAY_HOURS + place] = decode_hour(message, metrics)
        keys = [
            hour
            for day in self._marked(device_id, days)
            for hour in _hours_of(day)
            if hour in within
        ]
        for hour, data in self._rows.read(history_hour, device_id, keys).items():
            _merge(found.setdefault(hour, {}), hour_points(data, metrics))
        return found

    def _add_running(
        self, to: dict[int, Points], device_id: DeviceId, metrics: frozenset[str], within: range
    ) -> None:
        for hour, frames in self._running(device_id, within):
            _merge(to.setdefault(hour, {}), frame_points(frames, metrics))

    def _marked(self, device_id: DeviceId, days: Collection[int]) -> Sequence[int]:
        """Return which of these days have hours that are not rolled up."""
        table = history_unrolled
        found = self._connection.execute(
            select(table.c.day).where(
                table.c.device_id == device_id,
                table.c.day.between(min(days, default=0), max(days, default=-1)),
            )
        ).scalars()
        return sorted(set(found) & set(days))

    def read_rollups(
        self,
        device_id: DeviceId,
        metrics: Collection[str],
        resolution: Resolution,
        *,
        since: datetime,
        until: datetime,
    ) -> Sequence[RollupSeries]:
        """Return roll-ups of the hours or days that begin from `since` to before `until`.

        Raises:
            InvalidError: Samples were asked for; `read` has them.
            StoreError: What is stored is damaged.
        """
        if resolution is Resolution.SAMPLE:
            raise InvalidError("resolution: samples are no roll-ups")
        days = range(day_of(since), day_of(until) + 1)
        wanted = frozenset(metrics)
        fresh = self._fresh(device_id, days, wanted)
        stretches: dict[str, dict[datetime, Rolled]] = defaultdict(dict)
        if resolution is Resolution.HOUR:
            self._gather_hours(stretches, device_id, days, wanted, fresh)
        else:
            self._gather_days(stretches, device_id, days, wanted, fresh)
        found = []
        for name in sorted(stretches):
            within = ((at, one) for at, one in stretches[name].items() if since <= at < until)
            points = tuple(to_points(name, sorted(within)))
            if points:
                found.append(RollupSeries(name=name, points=points))
        return found

    def _gather_hours(
        self,
        into: dict[str, dict[datetime, Rolled]],
        device_id: DeviceId,
        days: range,
        metrics: frozenset[str],
        fresh: Mapping[int, Mapping[int, Points]],
    ) -> None:
        rows = self._rows.read(history_day, device_id, days)
        for day in sorted(rows.keys() | fresh.keys()):
            rollups = unpack_rollups(rows.get(day, b""), metrics=metrics)
            _put_hours(rollups, fresh.get(day, {}))
            start = day_start(day)
            for name, stretches in rollups.items():
                for hour, one in stretches.items():
                    into[name][start + timedelta(hours=hour)] = one

    def _gather_days(
        self,
        into: dict[str, dict[datetime, Rolled]],
        device_id: DeviceId,
        days: range,
        metrics: frozenset[str],
        fresh: Mapping[int, Mapping[int, Points]],
    ) -> None:
        months = range(month_of(days[0]), month_of(days[-1]) + 1)
        for month, data in self._rows.read(history_month, device_id, months).items():
            start = month_start(month)
            for name, stretches in unpack_rollups(data, metrics=metrics).items():
                for place, one in stretches.items():
                    into[name][start + timedelta(days=place)] = one
        before = self._rows.read(history_day, device_id, fresh.keys())
        for day, hours in fresh.items():
            rollups = unpack_rollups(before.get(day, b""), metrics=metrics)
            _put_hours(rollups, hours)
            for name, one in roll_all(rollups).items():
                into[name][day_start(day)] = one

    def _fresh(
        self, device_id: DeviceId, days: range, metrics: frozenset[str]
    ) -> Mapping[int, Mapping[int, Points]]:
        """Return points by day and hour of the day, of days not rolled up and the running hour."""
        within = range(days[0] * DAY_HOURS, (days[-1] + 1) * DAY_HOURS)
        running = [hour for hour, _ in self._running(device_id, within)]
        stale = {*self._marked(device_id, days), *_days_of(running)}
        hours = self._closed(device_id, stale, metrics, within=within)
        self._add_running(hours, device_id, metrics, within)
        found: dict[int, dict[int, Points]] = defaultdict(dict)
        for hour, points in hours.items():
            found[hour // DAY_HOURS][hour % DAY_HOURS] = points
        return found

    def left_open(self, before_hour: int, *, limit: int) -> Sequence[DeviceId]:
        """Return devices whose running hour is older and has samples, by id."""
        table = device_state
        found = self._connection.execute(
            select(table.c.device_id)
            .where(table.c.hour < before_hour, func.length(table.c.frames) > 0)
            .order_by(table.c.device_id)
            .limit(limit)
        )
        return [DeviceId(one) for one in found.scalars()]

    def unrolled(
        self, before_day: int, *, limit: int, after: UnrolledDay | None = None
    ) -> Sequence[UnrolledDay]:
        """Return days before `before_day` that wait for their roll-up, by device and day."""
        table = history_unrolled
        query = select(table.c.device_id, table.c.day).where(table.c.day < before_day)
        if after is not None:
            key = tuple_(table.c.device_id, table.c.day)
            query = query.where(key > tuple_(after.device_id, after.day))
        found = self._connection.execute(
            query.order_by(table.c.device_id, table.c.day).limit(limit)
        )
        return [UnrolledDay(device_id=DeviceId(one), day=day) for one, day in found]

    def roll_up(self, device_id: DeviceId, day: int) -> None:
        """Pack a day's closed hours as one, and make its roll-ups by hour and by day.

        What is damaged is logged and left out, so that it does not hold up the rest.
        """
        # Two days of a month are not rolled up at once: both rewrite the month's row.
        self._hold(device_id)
        # The mark goes first: an hour that is closed from here on waits, and sets it again.
        self._rows.run(
            "DELETE FROM history_unrolled WHERE device_id = ? AND day = ?", device_id, day
        )
        rollups = self._kept(history_day, device_id, day)
        self._roll_hours(device_id, day, rollups)
        self._rows.write(history_day, device_id, day, pack_rollups(rollups))
        month = month_of(day)
        of_month = self._kept(history_month, device_id, month)
        put(of_month, day_start(day).day - 1, roll_all(rollups))
        self._rows.write(history_month, device_id, month, pack_rollups(of_month))

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        """Give a device the history of a record that ends; its running hour is closed before."""
        for one in sorted((ended, survivor)):
            self._hold(one)
        waiting = select(history_unrolled.c.day).where(history_unrolled.c.device_id == ended)
        for day in self._connection.scalars(waiting.order_by(history_unrolled.c.day)).all():
            self.roll_up(ended, day)
        join_rows(self._connection, ended, survivor, at=at)

    def _hold(self, device_id: DeviceId) -> None:
        """Let nobody else write a device's rolled up rows until the transaction ends."""
        if self._connection.dialect.name != SQLITE:
            lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"
            self._connection.exec_driver_sql(lock, (device_id,))

    def _roll_hours(self, device_id: DeviceId, day: int, rollups: Rollups) -> None:
        """Move a day's closed hours into its row of samples, and sum them up into `rollups`."""
        messages: dict[int, bytes] = {}
        with _logged(device_id, day):
            packed = self._rows.read(history_samples, device_id, [day]).get(day, b"")
            messages.update(unpack_day(packed))
        for hour, data in self._rows.read(history_hour, device_id, _hours_of(day)).items():
            with _logged(device_id, hour):
                place, message = hour % DAY_HOURS, hour_message(data)
                if place in messages:
                    message = join_hours(messages[place], message)
                put(rollups, place, roll_hour(message))
                messages[place] = message
        self._rows.write(history_samples, device_id, day, pack_day(messages))
        hours = _hours_of(day)
        self._rows.run(_DROP_HOURS, device_id, hours[0], hours[-1])

    def _kept(self, table: Table, device_id: DeviceId, key: int) -> Rollups:
        """Return the roll-ups of a row; none where it is damaged, as it is about to be replaced."""
        with _logged(device_id, key):
            return unpack_rollups(self._rows.read(table, device_id, [key]).get(key, b""))
        return {}

    def drop(self, resolution: Resolution, before: datetime, *, limit: int) -> int:
        """Drop at most `limit` rows that end by `before`, oldest first; return how many."""
        table = _ROWS[resolution]
        key = table.c[key_of(table)]
        oldest = (
            select(key, table.c.device_id)
            .where(key < _first_kept(resolution, before))
            .order_by(key, table.c.device_id)
            .limit(limit)
        )
        return self._connection.execute(
            delete(table).where(tuple_(key, table.c.device_id).in_(oldest))
        ).rowcount

    def _running(self, device_id: DeviceId, within: range) -> Iterable[tuple[int, bytes]]:
        table = device_state
        found = self._connection.execute(
            select(table.c.hour, table.c.frames).where(table.c.device_id == device_id)
        )
        return [(hour, frames) for hour, frames in found if frames and hour in within]


def _hours_of(day: int) -> range:
    return range(day * DAY_HOURS, (day + 1) * DAY_HOURS)


def _days_of(hours: Collection[int]) -> range:
    if not hours:
        return range(0)
    return range(min(hours) // DAY_HOURS, max(hours) // DAY_HOURS + 1)


def _merge(points: Points, later: Points) -> None:
    for name, moments in later.items():
        points.setdefault(name, {}).update(moments)


def _put_hours(rollups: Rollups, hours: Mapping[int, Points]) -> None:
    for place, points in hours.items():
        put(rollups, place, roll(points))


@contextmanager
def _logged(device_id: DeviceId, row: int) -> Iterator[None]:
    """Go on where something stored is damaged."""
    try:
        yield
    except DamagedError as error:
        log.error("history.left_out device=%s row=%d %s", device_id, row, error)  # noqa: TRY400


def _first_kept(resolution: Resolution, before: datetime) -> int:
    day = day_of(before)
    return month_of(day) if resolution is Resolution.DAY else day
