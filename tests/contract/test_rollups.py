"""Roll-ups say the same before and after they are made, and outlive what they sum up."""

from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.errors import DamagedError, InvalidError
from sickbay_collector.core.history import DAY_HOURS, HOUR_S, Resolution, day_of, day_start
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.sample import Readings
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.db.history import SqlHistoryStore
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.history_ports import RollupPoint, UnrolledDay
from tests.contract.conftest import Stores
from tests.contract.records import ONE, TWO, a_state, add_devices

# 31 October 2026: the day after falls into another row of months.
DAY = 20_757
START = day_start(DAY)
LAST_HOUR = DAY * DAY_HOURS + 23
CPU = "cpu.busy_ratio"
LINK = "network.up"


def _frames(hour: int, *samples: tuple[int, Readings]) -> bytes:
    writer = FrameWriter(hour=hour)
    for minute, readings in samples:
        at = datetime.fromtimestamp(hour * HOUR_S, UTC) + timedelta(minutes=minute)
        writer.append(at, readings)
    return writer.frames


def _close(stores: Stores, hour: int, *values: float, device_id: DeviceId = ONE) -> None:
    samples = [(minute, {CPU: {"": value}}) for minute, value in enumerate(values)]
    with stores.open() as uow:
        uow.history.close_hour(device_id, hour, _frames(hour, *samples))
        uow.commit()


def _roll_up(stores: Stores, *days: int, device_id: DeviceId = ONE) -> None:
    with stores.open() as uow:
        for day in days:
            uow.history.roll_up(device_id, day)
        uow.commit()


def _read(
    stores: Stores,
    resolution: Resolution,
    since: datetime = START,
    until: datetime = START + timedelta(days=3),
    metrics: tuple[str, ...] = (CPU,),
) -> dict[str, tuple[RollupPoint, ...]]:
    with stores.read() as uow:
        found = uow.history.read_rollups(ONE, metrics, resolution, since=since, until=until)
    return {series.name: series.points for series in found}


def _point(at: datetime, *values: float) -> RollupPoint:
    return RollupPoint(
        at=at,
        low=min(values),
        mean=fmean(values),
        high=max(values),
        last=values[-1],
        count=len(values),
    )


def _unrolled(stores: Stores, before_day: int = DAY + 100) -> list[tuple[DeviceId, int]]:
    with stores.read() as uow:
        found = uow.history.unrolled(before_day, limit=100)
    return [(one.device_id, one.day) for one in found]


@pytest.mark.parametrize("rolled", [False, True], ids=["as read", "made before"])
def test_hours_are_summed_up(stores: Stores, rolled: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """An hour without samples is a gap."""
    add_devices(stores, ONE)
    _close(stores, LAST_HOUR - 2, 0.5, 0.25, 0.75)
    _close(stores, LAST_HOUR, 0.125)
    _close(stores, LAST_HOUR + 1, 1.0, 0.5)
    if rolled:
        _roll_up(stores, DAY, DAY + 1)

    assert _read(stores, Resolution.HOUR) == {
        CPU: (
            _point(START + timedelta(hours=21), 0.5, 0.25, 0.75),
            _point(START + timedelta(hours=23), 0.125),
            _point(START + timedelta(hours=24), 1.0, 0.5),
        )
    }


@pytest.mark.parametrize("rolled", [False, True], ids=["as read", "made before"])
def test_days_are_summed_up(stores: Stores, rolled: bool) -> None:  # noqa: FBT001 - a parameter of the table
    add_devices(stores, ONE)
    _close(stores, LAST_HOUR - 2, 0.5, 0.25, 0.75)
    _close(stores, LAST_HOUR, 0.125)
    _close(stores, LAST_HOUR + 1 + DAY_HOURS, 1.0, 0.5)
    if rolled:
        _roll_up(stores, DAY, DAY + 2)

    assert _read(stores, Resolution.DAY) == {
        CPU: (
            _point(START, 0.5, 0.25, 0.75, 0.125),
            _point(START + timedelta(days=2), 1.0, 0.5),
        )
    }


def test_days_of_two_months_are_one_series(stores: Stores) -> None:
    add_devices(stores, ONE)
    days = range(DAY - 40, DAY)
    for day in days:
        _close(stores, day * DAY_HOURS, 0.5)
    _roll_up(stores, *days)

    found = _read(stores, Resolution.DAY, since=day_start(days[0]))

    assert [day_start(day) for day in days] == [point.at for point in found[CPU]]


@pytest.mark.parametrize("resolution", [Resolution.HOUR, Resolution.DAY])
def test_a_stretch_begins_at_since_and_ends_before_until(
    stores: Stores, resolution: Resolution
) -> None:
    """What begins before `since` is left out, though it may reach into the stretch."""
    add_devices(stores, ONE)
    for hour in range(DAY * DAY_HOURS, DAY * DAY_HOURS + 96):
        _close(stores, hour, 0.5)
    _roll_up(stores, DAY, DAY + 1)
    step = timedelta(hours=1) if resolution is Resolution.HOUR else timedelta(days=1)

    found = _read(stores, resolution, START + step / 2, START + 3 * step)

    assert [START + step, START + 2 * step] == [point.at for point in found[CPU]]
    assert _read(stores, resolution, START - 2 * step, START) == {}


def test_the_running_hour_is_in_it(stores: Stores) -> None:
    """Also where part of it was closed before."""
    add_devices(stores, ONE)
    _close(stores, LAST_HOUR, 0.5)
    late = _frames(LAST_HOUR, (30, {CPU: {"": 0.25}}), (31, {CPU: {"": 0.75}}))
    with stores.open() as uow:
        uow.states.save([a_state(ONE, hour=LAST_HOUR, frames=late)])
        uow.commit()

    expected = (0.5, 0.25, 0.75)
    assert _read(stores, Resolution.HOUR) == {
        CPU: (_point(START + timedelta(hours=23), *expected),)
    }
    assert _read(stores, Resolution.DAY) == {CPU: (_point(START, *expected),)}
    _roll_up(stores, DAY)
    assert _read(stores, Resolution.DAY) == {CPU: (_point(START, *expected),)}


def test_late_samples_join_a_day_that_was_rolled_up(stores: Stores) -> None:
    """Seen at once, and after the day was rolled up again."""
    add_devices(stores, ONE)
    _close(stores, LAST_HOUR, 0.5)
    _close(stores, LAST_HOUR - 1, 0.25)
    _roll_up(stores, DAY)
    _close(stores, LAST_HOUR, 0.75, 0.5)

    expected = {
        CPU: (
            _point(START + timedelta(hours=22), 0.25),
            _point(START + timedelta(hours=23), 0.75, 0.5),
        )
    }
    assert _unrolled(stores) == [(ONE, DAY)]
    assert _read(stores, Resolution.HOUR) == expected
    assert _read(stores, Resolution.DAY) == {CPU: (_point(START, 0.25, 0.75, 0.5),)}
    _roll_up(stores, DAY)
    assert _unrolled(stores) == []
    assert _read(stores, Resolution.HOUR) == expected
    assert _read(stores, Resolution.DAY) == {CPU: (_point(START, 0.25, 0.75, 0.5),)}


def test_only_the_metrics_asked_for_are_read(stores: Stores) -> None:
    """Every instance of them; the mean of a flag is a share."""
    add_devices(stores, ONE)
    samples: list[tuple[int, Readings]] = [
        (0, {LINK: {"eth0": 1, "a/b": 0}, CPU: {"": 0.5}}),
        (1, {LINK: {"eth0": 0}}),
    ]
    with stores.open() as uow:
        uow.history.close_hour(ONE, LAST_HOUR, _frames(LAST_HOUR, *samples))
        uow.history.roll_up(ONE, DAY)
        uow.commit()

    at = START + timedelta(hours=23)
    assert _read(stores, Resolution.HOUR, metrics=(LINK,)) == {
        f"{LINK}/a/b": (_point(at, 0),),
        f"{LINK}/eth0": (_point(at, 1, 0),),
    }
    assert _read(stores, Resolution.HOUR, metrics=()) == {}


def test_samples_are_no_rollups(stores: Stores) -> None:
    with pytest.raises(InvalidError, match="samples"):
        _read(stores, Resolution.SAMPLE)


def test_days_wait_for_their_rollup(stores: Stores) -> None:
    """By device and day; those of today are left alone; a page goes on after the one before."""
    add_devices(stores, ONE, TWO)
    for device_id in (TWO, ONE):
        _close(stores, LAST_HOUR, 0.5, device_id=device_id)
        _close(stores, LAST_HOUR + 1, 0.5, device_id=device_id)

    assert _unrolled(stores) == [(ONE, DAY), (ONE, DAY + 1), (TWO, DAY), (TWO, DAY + 1)]
    assert _unrolled(stores, before_day=DAY + 1) == [(ONE, DAY), (TWO, DAY)]
    with stores.read() as uow:
        first = uow.history.unrolled(DAY + 9, limit=1)
        second = uow.history.unrolled(DAY + 9, limit=2, after=first[-1])
    assert [*first, *second] == [
        UnrolledDay(device_id=ONE, day=DAY),
        UnrolledDay(device_id=ONE, day=DAY + 1),
        UnrolledDay(device_id=TWO, day=DAY),
    ]


def test_a_day_without_hours_leaves_nothing(stores: Stores) -> None:
    add_devices(stores, ONE)
    _roll_up(stores, DAY)

    assert _read(stores, Resolution.HOUR) == {}
    assert _read(stores, Resolution.DAY) == {}


def test_running_hours_that_were_left_open_are_found(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    frames = _frames(LAST_HOUR, (0, {CPU: {"": 0.5}}))
    with stores.open() as uow:
        uow.states.save(
            [
                a_state(ONE, hour=LAST_HOUR, frames=frames),
                a_state(TWO, hour=LAST_HOUR, frames=b""),
            ]
        )
        uow.commit()
    with stores.read() as uow:
        assert list(uow.history.left_open(LAST_HOUR, limit=9)) == []
        assert list(uow.history.left_open(LAST_HOUR + 1, limit=9)) == [ONE]
        assert list(uow.history.left_open(LAST_HOUR + 1, limit=0)) == []


def test_each_kind_of_history_is_dropped_by_itself(stores: Stores) -> None:
    """Roll-ups stay when the samples go, and the days when the hours go."""
    add_devices(stores, ONE)
    for hour in (LAST_HOUR - 40, LAST_HOUR, LAST_HOUR + 1):
        _close(stores, hour, 0.5, 0.25)
    _roll_up(stores, DAY - 1, DAY, DAY + 1)
    by_hour, by_day = (
        _read(stores, resolution, START - timedelta(days=1))
        for resolution in (Resolution.HOUR, Resolution.DAY)
    )
    tomorrow = START + timedelta(days=1)
    with stores.open() as uow:
        dropped = uow.history.drop(Resolution.SAMPLE, tomorrow, limit=10)
        left = uow.history.read(ONE, [CPU], since=START - timedelta(days=9), until=tomorrow)
        uow.commit()

    assert (dropped, list(left)) == (2, [])
    assert _read(stores, Resolution.HOUR, START - timedelta(days=1)) == by_hour
    # Late samples of an hour that is gone begin it anew; the hours beside it stay.
    _close(stores, LAST_HOUR - 1, 0.75)
    _roll_up(stores, DAY)
    assert _read(stores, Resolution.HOUR) == {
        CPU: (
            _point(START + timedelta(hours=22), 0.75),
            *by_hour[CPU][1:],
        )
    }
    with stores.open() as uow:
        dropped = uow.history.drop(Resolution.HOUR, tomorrow, limit=10)
        uow.commit()
    assert dropped == 2
    assert [tomorrow] == [point.at for point in _read(stores, Resolution.HOUR)[CPU]]
    assert [point.at for point in by_day[CPU]] == [
        point.at for point in _read(stores, Resolution.DAY, START - timedelta(days=1))[CPU]
    ]
    with stores.open() as uow:
        months = uow.history.drop(Resolution.DAY, START + timedelta(days=2), limit=10)
        uow.commit()
    assert months == 1
    assert [tomorrow] == [point.at for point in _read(stores, Resolution.DAY)[CPU]]


def test_no_more_is_dropped_at_once_than_asked_for(stores: Stores) -> None:
    """The oldest first; not what waits for its roll-up."""
    add_devices(stores, ONE)
    days = range(DAY - 6, DAY + 1)
    for day in days:
        _close(stores, day * DAY_HOURS, 0.5)
    _roll_up(stores, *days[1:])
    with stores.open() as uow:
        counts = [uow.history.drop(Resolution.SAMPLE, START, limit=limit) for limit in (0, 3, 3)]
        left = uow.history.read(ONE, [CPU], since=day_start(days[0]), until=START + timedelta(1))

    assert counts == [0, 3, 2]
    assert [day_of(at) for at, _ in left[0].points] == [days[0], DAY]


def test_what_is_damaged_does_not_hold_up_the_rest(engine: Engine) -> None:
    """A damaged hour is left out and logged; samples that come later are kept."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    add_devices(stores, ONE)
    _close(stores, LAST_HOUR, 0.5)
    _close(stores, LAST_HOUR - 1, 0.25)
    _close(stores, LAST_HOUR - 2, 0.75)
    with stores.open() as uow:
        assert isinstance(uow.history, SqlHistoryStore)
        uow.history._rows.run(
            "UPDATE history_hour SET data = ? WHERE hour < ?", b"no zlib", LAST_HOUR
        )
        uow.commit()
    with pytest.raises(DamagedError):
        _read(stores, Resolution.HOUR)

    _close(stores, LAST_HOUR - 2, 1.0)
    _roll_up(stores, DAY)

    assert _read(stores, Resolution.HOUR) == {
        CPU: (_point(START + timedelta(hours=21), 1.0), _point(START + timedelta(hours=23), 0.5))
    }
