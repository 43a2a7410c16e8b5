"""Readings over time: closed hours from their own table, the running hour from the state row."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.frames import HOUR_S, read_frames
from sickbay_collector.db.hours import pack_hour, unpack_hour
from sickbay_collector.db.records import insert_into
from sickbay_collector.db.tables import device_state
from sickbay_collector.db.tables import history_hour as table
from sickbay_collector.services.ports import Series


class SqlHistoryStore:
    """Implements `HistoryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        """Pack an hour. Samples that come later, after a device was offline, join it.

        Raises:
            StoreError: The frames, or the hour as it was, are damaged.
        """
        place = (table.c.device_id == device_id, table.c.hour == hour)
        before = self._connection.execute(select(table.c.data).where(*place)).scalar()
        data = pack_hour(frames, onto=before or b"")
        if before is not None:
            self._connection.execute(delete(table).where(*place))
        if data:
            row = {"device_id": device_id, "hour": hour, "data": data}
            self._connection.execute(insert_into(self._connection, table).values(row))

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        """Return the series of these metrics by name, from `since` to before `until`.

        Every instance is there, the running hour too. Where nothing was read there is no point.

        Raises:
            StoreError: What is stored is damaged.
        """
        points: dict[str, dict[datetime, float]] = defaultdict(dict)
        first, last = (int(moment.timestamp()) // HOUR_S for moment in (since, until))
        for series in self._hours(device_id, frozenset(metrics), first, last):
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
        closed = (
            select(table.c.hour, table.c.data)
            .where(table.c.device_id == device_id, table.c.hour.between(first, last))
            .order_by(table.c.hour)
        )
        for hour, data in self._connection.execute(closed):
            yield from unpack_hour(data, hour=hour, metrics=metrics)
        running = select(device_state.c.hour, device_state.c.frames).where(
            device_state.c.device_id == device_id, device_state.c.hour.between(first, last)
        )
        for hour, frames in self._connection.execute(running):
            yield from read_frames(frames, hour=hour, metrics=metrics)
