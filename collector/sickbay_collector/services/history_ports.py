"""What the use cases need of readings over time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.history import Resolution
from sickbay_collector.core.ids import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A stretch of a device's history of one metric and instance."""

    name: str
    """"metric" or "metric/instance"."""
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupPoint:
    """What the readings of an hour or a day were."""

    at: datetime
    """When the hour or day begins."""
    low: float
    mean: float
    high: float
    last: float
    count: int
    """Number of readings, at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSeries:
    """A stretch of a device's history of one metric and instance, by hour or by day."""

    name: str
    """"metric" or "metric/instance"."""
    points: tuple[RollupPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrolledDay:
    """A day of a device with hours that no roll-up knows of yet."""

    device_id: DeviceId
    day: int
    """Days since 1970."""


class HistoryStore(Protocol):
    """Readings over time. The running hour lives in the state row; closed hours are packed.

    Days with closed hours are rolled up later, by hour and by day. Readers see no difference: what
    is not rolled up yet is summed up as it is read.
    """

    def close_hour(self, device_id: DeviceId, hour: int, frames: bytes) -> None:
        """Pack an hour (hours since 1970), onto what was closed of it before."""
        ...

    def read(
        self, device_id: DeviceId, metrics: Collection[str], *, since: datetime, until: datetime
    ) -> Sequence[Series]:
        """Return the series of these metrics, every instance, the running hour included."""
        ...

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

        Long windows of rules and the score read hours with it: 14 days are 15 rows.
        """
        ...

    def left_open(self, before_hour: int, *, limit: int) -> Sequence[DeviceId]:
        """Return devices whose running hour is older and has samples."""
        ...

    def unrolled(
        self, before_day: int, *, limit: int, after: UnrolledDay | None = None
    ) -> Sequence[UnrolledDay]:
        """Return days before `before_day` that wait for their roll-up, by device and day."""
        ...

    def roll_up(self, device_id: DeviceId, day: int) -> None:
        """Pack a day's closed hours as one, and make its roll-ups by hour and by day.

        Hours whose samples were dropped since keep their roll-ups.
        """
        ...

    def join(self, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
        """Give a device the history of a record that ends; its running hour is closed before."""
        ...

    def drop(self, resolution: Resolution, before: datetime, *, limit: int) -> int:
        """Drop at most `limit` rows that end by `before`, oldest first; return how many.

        A row holds a day's samples or roll-ups by hour, or a month's roll-ups by day. Days that
        wait for their roll-up stay.
        """
        ...
