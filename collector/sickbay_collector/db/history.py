"""Readings over time: closed hours from their own table, the running hour from the state row.

Closing an hour costs one insert and a mark on its day; nothing is rolled up while agents wait. A
job rolls up days that are over (`rollups`); until then a read by hour or day sums up the hours
themselves, so it is never behind. What is written here are plain statements for the driver, as in
`states`, because every device closes its hour at the same moment.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, bindparam, delete, func, select, tuple_

from sickbay_collector.core.errors import DamagedError, InvalidError
from sickbay_collector.core.history import (
    DAY_HOURS,
    HOUR_S,
    Resolution,
    day_of,
    day_start,
    hour_of,
    month_of,
    month_start,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.frames import Points, frame_points, read_frames
from sickbay_collector.db.hours import hour_points, pack_hour, unpack_hour
from sickbay_collector.db.rollups import (
    Rolled,
    Rollups,
    pack_rollups,
    put,
    roll,
    roll_all,
    to_points,
    unpack_rollups,
)
from sickbay_collector.db.tables import (
    device_state,
    history_day,
    history_hour,
    history_month,
    history_unrolled,
)
from sickbay_collector.services.ports import RollupSeries, Series, UnrolledDay

log = logging.getLogger(__name__)

# A read names its rows; both databases take far more.
_KEYS_MAX = 5_000
_ADD_HOUR = (
    "INSERT INTO history_hour (hour, device_id, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
_JOIN_HOUR = "UPDATE history_hour SET data = ? WHERE hour = ? AND device_id = ?"
# The update changes nothing, but takes the row: a roll-up under way that is about to delete it
# waits on PostgreSQL until this hour is committed, and then sees it.
_MARK_DAY = (
    "INSERT INTO history_unrolled (device_id, day) VALUES (?, ?) "
    "ON CONFLICT (device_id, day) DO UPDATE SET day = excluded.day"
)
_ROWS = {
    Resolution.SAMPLE: history_hour,
    Resolution.HOUR: history_day,
    Resolution.DAY: history_month,
}


class SqlHistoryStore:
    """Implements `HistoryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._on_sqlite = connection.dialect.name == SQLITE

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        """Pack an hour. Samples that come later, after a device was offline, join it.

        Raises:
            DamagedError: The frames are damaged.
        """
        data = pack_hour(frames)
        if not data:
            return
        if not self._run(_ADD_HOUR, hour, device_id, data):
            before = self._read_rows(history_hour, device_id, [hour]).get(hour, b"")
            try:
                data = pack_hour(frames, onto=before)
            except DamagedError as error:
                # Else the device's reports would fail from now on.
                log.error("history.replaced device=%s hour=%d %s", device_id, hour, error)  # noqa: TRY400
            self._run(_JOIN_HOUR, data, hour, device_id)
        self._run(_MARK_DAY, device_id, hour // DAY_HOURS)

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        """Return the series of these metrics by name, from `since` to before `until`.

        Every instance is there, the running hour too. Where nothing was read there is no point.

        Raises:
            StoreError: What is stored is damaged.
        """
        points: dict[str, dict[datetime, float]] = defaultdict(dict)
        for series in self._hours(device_id, frozenset(metrics), hour_of(since), hour_of(until)):
            points[series.name].update(series.points)
        found = (
            Series(
                name=name,
                points=tuple((at, moments[at]) for at in sorted(moments) if since <= at < until),
            )
            for name, moments in sorted(points.items())
        )
        return [series for series in found if series.points]

    def _hours(
        self, device_id: DeviceId, metrics: frozenset[str], first: int, last: int
    ) -> Iterator[Series]:
        for hour, data in self._read_rows(history_hour, device_id, range(first, last + 1)).items():
            yield from unpack_hour(data, hour=hour, metrics=metrics)
        for hour, frames in self._running(device_id, first, last):
            yield from read_frames(frames, hour=hour, metrics=metrics)

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
        fresh = self._unrolled_hours(device_id, days, wanted)
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
        rows = self._read_rows(history_day, device_id, days)
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
        for month, data in self._read_rows(history_month, device_id, months).items():
            start = month_start(month)
            for name, stretches in unpack_rollups(data, metrics=metrics).items():
                for place, one in stretches.items():
                    into[name][start + timedelta(days=place)] = one
        before = self._read_rows(history_day, device_id, fresh.keys())
        for day, hours in fresh.items():
            rollups = unpack_rollups(before.get(day, b""), metrics=metrics)
            _put_hours(rollups, hours)
            for name, one in roll_all(rollups).items():
                into[name][day_start(day)] = one

    def _unrolled_hours(
        self, device_id: DeviceId, days: range, metrics: frozenset[str]
    ) -> Mapping[int, Mapping[int, Points]]:
        """Return points by day and hour of the day, of days not rolled up and the running hour."""
        table = history_unrolled
        marked = self._connection.execute(
            select(table.c.day).where(
                table.c.device_id == device_id, table.c.day.between(days[0], days[-1])
            )
        ).scalars()
        keys = [hour for day in marked for hour in _hours_of(day)]
        found: dict[int, dict[int, Points]] = defaultdict(dict)
        for hour, data in self._read_rows(history_hour, device_id, keys).items():
            found[hour // DAY_HOURS][hour % DAY_HOURS] = hour_points(data, metrics)
        first, last = days[0] * DAY_HOURS, days[-1] * DAY_HOURS + DAY_HOURS - 1
        for hour, frames in self._running(device_id, first, last):
            day, place = divmod(hour, DAY_HOURS)
            points = found[day].get(place)
            if points is None:
                data = self._read_rows(history_hour, device_id, [hour]).get(hour, b"")
                points = hour_points(data, metrics)
            for name, moments in frame_points(frames, metrics).items():
                points.setdefault(name, {}).update(moments)
            found[day][place] = points
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
        """Make the roll-ups of a day by hour and by day; hours dropped since keep theirs.

        What is damaged is logged and left out, so that it does not hold up the rest.
        """
        if not self._on_sqlite:
            # Two days of a month are not rolled up at once: both rewrite the month's row.
            lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"
            self._connection.exec_driver_sql(lock, (device_id,))
        # The mark goes first: an hour that is closed from here on sets it again.
        self._run("DELETE FROM history_unrolled WHERE device_id = ? AND day = ?", device_id, day)
        rollups = self._kept(history_day, device_id, day)
        for hour, data in self._read_rows(history_hour, device_id, _hours_of(day)).items():
            try:
                put(rollups, hour % DAY_HOURS, roll(hour_points(data)))
            except DamagedError as error:
                log.error("history.skipped device=%s hour=%d %s", device_id, hour, error)  # noqa: TRY400
        self._write_row(history_day, device_id, day, pack_rollups(rollups))
        month = month_of(day)
        of_month = self._kept(history_month, device_id, month)
        put(of_month, day_start(day).day - 1, roll_all(rollups))
        self._write_row(history_month, device_id, month, pack_rollups(of_month))

    def _kept(self, table: Table, device_id: DeviceId, key: int) -> Rollups:
        """Return the roll-ups of a row; none where it is damaged, as it is about to be replaced."""
        try:
            return unpack_rollups(self._read_rows(table, device_id, [key]).get(key, b""))
        except DamagedError as error:
            log.error("history.replaced device=%s %s=%d %s", device_id, _key(table), key, error)  # noqa: TRY400
            return {}

    def drop(self, resolution: Resolution, before: datetime, *, limit: int) -> int:
        """Drop at most `limit` rows that end by `before`, oldest first; return how many."""
        table = _ROWS[resolution]
        key = table.c[_key(table)]
        oldest = (
            select(key, table.c.device_id)
            .where(key < _first_kept(resolution, before))
            .order_by(key, table.c.device_id)
            .limit(limit)
        )
        return self._connection.execute(
            delete(table).where(tuple_(key, table.c.device_id).in_(oldest))
        ).rowcount

    def _running(self, device_id: DeviceId, first: int, last: int) -> Iterable[tuple[int, bytes]]:
        table = device_state
        found = self._connection.execute(
            select(table.c.hour, table.c.frames).where(
                table.c.device_id == device_id, table.c.hour.between(first, last)
            )
        )
        return ((hour, frames) for hour, frames in found if frames)

    def _read_rows(
        self, table: Table, device_id: DeviceId, keys: Collection[int]
    ) -> dict[int, bytes]:
        """Return a device's rows of these hours, days or months, in order."""
        wanted = sorted(keys)
        key = table.c[_key(table)]
        query = select(key, table.c.data).where(
            table.c.device_id == device_id, key.in_(bindparam("keys", expanding=True))
        )
        rows: dict[int, bytes] = {}
        for start in range(0, len(wanted), _KEYS_MAX):
            some = {"keys": wanted[start : start + _KEYS_MAX]}
            for row in self._connection.execute(query, some):
                rows[row[0]] = row[1]
        return {one: rows[one] for one in wanted if one in rows}

    def _write_row(self, table: Table, device_id: DeviceId, key: int, data: bytes) -> None:
        if data:
            self._run(
                f"INSERT INTO {table.name} ({_key(table)}, device_id, data) "  # noqa: S608 - fixed names
                f"VALUES (?, ?, ?) ON CONFLICT ({_key(table)}, device_id) "
                "DO UPDATE SET data = excluded.data",
                key,
                device_id,
                data,
            )

    def _run(self, sql: str, *parameters: int | str | bytes) -> int:
        """Run a statement of the driver's; return how many rows it changed."""
        statement = sql if self._on_sqlite else sql.replace("?", "%s")
        return self._connection.exec_driver_sql(statement, parameters).rowcount


def _hours_of(day: int) -> range:
    return range(day * DAY_HOURS, (day + 1) * DAY_HOURS)


def _put_hours(rollups: Rollups, hours: Mapping[int, Points]) -> None:
    for place, points in hours.items():
        put(rollups, place, roll(points))


def _key(table: Table) -> str:
    return table.name.removeprefix("history_")


def _first_kept(resolution: Resolution, before: datetime) -> int:
    if resolution is Resolution.SAMPLE:
        return int(before.timestamp()) // HOUR_S
    day = day_of(before)
    return day if resolution is Resolution.HOUR else month_of(day)
