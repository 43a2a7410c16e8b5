"""Charts: fine where they are narrow, coarse where they are wide, with their gaps."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.history import (
    DAY_HOURS,
    Resolution,
    day_of,
    day_start,
    hour_of,
    month_of,
    month_start,
    resolution_for,
)
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.services.device_history import (
    MAX_SPAN,
    DeviceHistory,
    HistoryPoint,
    device_history,
)
from tests.contract.records import ONE, a_device
from tests.fakes import FakeDatabase

CPU = "cpu.busy_ratio"
FREE = "volume.free_bytes"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _filled(*hours: int) -> FakeDatabase:
    """A device with two readings in each of these hours before `NOW`."""
    database = FakeDatabase()
    with database.open() as uow:
        uow.devices.add(a_device(ONE))
        for ago in hours:
            hour = hour_of(NOW) - ago
            writer = FrameWriter(hour=hour)
            at = datetime.fromtimestamp(hour * 3600, UTC)
            writer.append(at, {CPU: {"": 0.25}, FREE: {"b": 2048, "a": 1024}})
            writer.append(at + timedelta(minutes=30), {CPU: {"": 0.5}})
            uow.history.close_hour(ONE, hour, writer.frames)
        uow.commit()
    return database


def _read(
    database: FakeDatabase,
    width: timedelta,
    *metrics: str,
    until: datetime = NOW,
    max_points: int = 1000,
) -> DeviceHistory:
    with database.read() as uow:
        return device_history(
            uow, ONE, metrics or (CPU,), since=until - width, until=until, max_points=max_points
        )


@pytest.mark.parametrize(
    ("width", "resolution"),
    [
        pytest.param(timedelta(minutes=1), Resolution.SAMPLE, id="a minute"),
        pytest.param(timedelta(days=2), Resolution.SAMPLE, id="two days"),
        pytest.param(timedelta(days=2, seconds=1), Resolution.HOUR, id="more"),
        pytest.param(timedelta(days=92), Resolution.HOUR, id="a quarter"),
        pytest.param(timedelta(days=92, seconds=1), Resolution.DAY, id="more than a quarter"),
    ],
)
def test_the_width_chooses_the_resolution(width: timedelta, resolution: Resolution) -> None:
    assert resolution is resolution_for(width)
    assert resolution is _read(_filled(1), width).resolution


def test_samples_are_points_of_one_reading() -> None:
    found = _read(_filled(3, 1), timedelta(hours=4)).series[0]

    start = NOW - timedelta(hours=3)
    assert found.points == (
        HistoryPoint(start, 0.25, 0.25, 0.25, 1),
        HistoryPoint(start + timedelta(minutes=30), 0.5, 0.5, 0.5, 1),
        HistoryPoint(start + timedelta(hours=2), 0.25, 0.25, 0.25, 1),
        HistoryPoint(start + timedelta(hours=2, minutes=30), 0.5, 0.5, 0.5, 1),
    )
    assert found.bucket_s is None
    assert (found.first, found.last, found.count) == (0.25, 0.5, 4)


@pytest.mark.parametrize(
    ("width", "step", "count"),
    [
        pytest.param(timedelta(days=10), timedelta(hours=1), 2, id="by hour"),
        pytest.param(timedelta(days=100), timedelta(days=1), 4, id="by day"),
    ],
)
def test_rollups_keep_extremes_and_gaps(width: timedelta, step: timedelta, count: int) -> None:
    """A stretch in which the device was off has no point."""
    found = _read(_filled(96, 95, 2, 1), width).series[0]

    assert found.bucket_s == step.total_seconds()
    assert {(0.375, 0.25, 0.5, count)} == {
        (point.mean, point.low, point.high, point.count) for point in found.points
    }
    apart = [
        after.at - before.at for before, after in zip(found.points, found.points[1:], strict=False)
    ]
    assert max(apart) >= timedelta(days=3)
    assert (found.first, found.last, found.count) == (0.375, 0.5, 8)


def test_too_many_points_are_summed_up_by_their_weight() -> None:
    """Four hours of two readings and none, in two points."""
    database = _filled(4, 3)
    found = _read(database, timedelta(days=3), max_points=1).series[0]

    assert found.points == (HistoryPoint(NOW - timedelta(hours=4), 0.375, 0.25, 0.5, 4),)
    assert found.bucket_s == timedelta(days=3).total_seconds()


def test_series_are_in_the_order_asked_for() -> None:
    """The instances of a metric by name."""
    found = _read(_filled(1), timedelta(days=3), FREE, CPU).series

    assert [(one.metric, one.instance) for one in found] == [(FREE, "a"), (FREE, "b"), (CPU, "")]


def test_a_narrow_stretch_of_long_ago_is_made_of_what_is_left() -> None:
    """Of hours and days that lie within it only."""
    database = _filled(*range(399 * DAY_HOURS + 1, 401 * DAY_HOURS + 1))
    then = NOW - timedelta(days=399)
    with database.open() as uow:
        for number in range(day_of(then) - 4, day_of(then) + 1):
            uow.history.roll_up(ONE, number)
        uow.history.drop(Resolution.SAMPLE, NOW, limit=10_000)
        uow.commit()
    day = timedelta(days=1)

    by_hour = _read(database, day, until=then - day / 48)
    assert by_hour.resolution is Resolution.HOUR
    assert [point.at for point in by_hour.series[0].points][-1] == then - timedelta(hours=2)
    with database.open() as uow:
        uow.history.drop(Resolution.HOUR, NOW, limit=10_000)
        uow.commit()
    by_day = _read(database, 2 * day, until=then)
    assert by_day.resolution is Resolution.DAY
    assert len(by_day.series[0].points) == 2
    assert _read(database, day, until=then - day / 48).series == ()
    assert _read(database, day / 2, until=then).series == ()


@pytest.mark.parametrize(
    ("width", "metrics"),
    [
        pytest.param(MAX_SPAN + timedelta(seconds=1), (CPU,), id="too wide"),
        pytest.param(timedelta(), (CPU,), id="empty"),
        pytest.param(timedelta(days=1), ("cpu",), id="unknown metric"),
    ],
)
def test_what_cannot_be_shown_is_refused(width: timedelta, metrics: tuple[str, ...]) -> None:
    with pytest.raises(InvalidError):
        _read(_filled(), width, *metrics)


def test_the_widest_stretch_is_read_by_day() -> None:
    assert _read(_filled(1), MAX_SPAN).resolution is Resolution.DAY


def test_days_and_months_are_numbered_from_1970() -> None:
    day = day_of(NOW)

    assert (day, hour_of(NOW)) == (20_777, 20_777 * 24)
    assert day_start(day) == NOW
    assert month_start(month_of(day)) == datetime(2026, 11, 1, tzinfo=UTC)
    assert [month_of(0), month_of(30), month_of(31), month_of(365)] == [0, 0, 1, 12]
