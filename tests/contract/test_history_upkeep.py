"""History is closed, rolled up and dropped by jobs, on every store, and never twice."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.history import DAY_HOURS, Resolution, day_of, day_start, hour_of
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.services.history_upkeep import (
    DROP_AT_ONCE,
    Retention,
    close_left_open,
    drop_expired,
    roll_up_days,
)
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_state, add_devices

CPU = "cpu.busy_ratio"
HOUR = hour_of(NOW)
RETENTION = Retention(
    samples=timedelta(days=90), hours=timedelta(days=730), days=timedelta(days=1830)
)


def _on(seconds: float) -> bool:
    del seconds
    return False


def _stop(seconds: float) -> bool:
    del seconds
    return True


def _frames(hour: int) -> bytes:
    writer = FrameWriter(hour=hour)
    writer.append(datetime.fromtimestamp(hour * 3600, UTC), {CPU: {"": 0.5}})
    return writer.frames


def _left_open(stores: Stores, hours: dict[DeviceId, int]) -> None:
    add_devices(stores, *hours)
    with stores.open() as uow:
        uow.states.save(
            [a_state(one, hour=hour, frames=_frames(hour)) for one, hour in hours.items()]
        )
        uow.commit()


def _close(stores: Stores, *hours: int) -> None:
    with stores.open() as uow:
        for hour in hours:
            uow.history.close_hour(ONE, hour, _frames(hour))
        uow.commit()


def _days(stores: Stores, resolution: Resolution) -> list[int]:
    since, until = NOW - timedelta(days=3000), NOW + timedelta(days=1)
    with stores.read() as uow:
        if resolution is Resolution.SAMPLE:
            found = [one.points for one in uow.history.read(ONE, [CPU], since=since, until=until)]
            return [day_of(at) for at, _ in found[0]] if found else []
        rolled = uow.history.read_rollups(ONE, [CPU], resolution, since=since, until=until)
    return [day_of(point.at) for series in rolled for point in series.points]


def test_the_hour_of_a_silent_device_is_closed_after_two_hours(stores: Stores) -> None:
    """Its samples are read as before; the state row says that it was changed."""
    _left_open(stores, {ONE: HOUR - 3, TWO: HOUR - 2})

    closed = [close_left_open(stores.open, NOW, _on) for _ in range(2)]

    with stores.read() as uow:
        states = uow.states.load([ONE, TWO])
        since = NOW - timedelta(hours=4)
        samples = uow.history.read(ONE, [CPU], since=since, until=NOW)
        waiting = uow.history.unrolled(HOUR, limit=9)
    assert closed == [1, 0]
    assert (states[ONE].version, states[ONE].frames) == (2, b"")
    assert (states[TWO].version, states[TWO].frames) == (1, _frames(HOUR - 2))
    assert [point for _, point in samples[0].points] == [0.5]
    assert [one.device_id for one in waiting] == [ONE]


def test_more_silent_devices_than_are_closed_at_once(stores: Stores) -> None:
    """A stop ends the job after one lot."""
    ids = [DeviceId(f"0195a000-0000-7000-8000-{number:012d}") for number in range(120)]
    _left_open(stores, dict.fromkeys(ids, HOUR - 3))

    assert close_left_open(stores.open, NOW, _stop) == 50
    assert close_left_open(stores.open, NOW, _on) == 70


def test_frames_that_cannot_be_read_are_not_tried_for_ever(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.states.save([a_state(ONE, hour=HOUR - 9, frames=b"\x05\xff")])
        uow.commit()

    assert [close_left_open(stores.open, NOW, _on) for _ in range(2)] == [1, 0]


def test_a_day_is_rolled_up_three_hours_after_its_end(stores: Stores) -> None:
    """Once; late samples bring it back."""
    add_devices(stores, ONE)
    day = day_of(NOW)
    _close(stores, HOUR - DAY_HOURS, HOUR)
    midnight = day_start(day)
    times = (timedelta(hours=2, minutes=59), timedelta(hours=3), timedelta(hours=4))

    done = [roll_up_days(stores.open, midnight + after, _on) for after in times]

    assert done == [0, 1, 0]
    _close(stores, HOUR - DAY_HOURS - 1)
    assert roll_up_days(stores.open, NOW, _on) == 1


def test_a_stop_ends_rolling_up_after_one_day(stores: Stores) -> None:
    add_devices(stores, ONE)
    _close(stores, *(HOUR - days * DAY_HOURS for days in range(1, 5)))

    assert roll_up_days(stores.open, NOW, _stop) == 1
    assert roll_up_days(stores.open, NOW, _on) == 3


def test_each_resolution_is_kept_as_long_as_was_asked_for(stores: Stores) -> None:
    """Samples to the day, hours to the month, days to the year, rounded up."""
    add_devices(stores, ONE)
    ages = (1, 90, 91, 729, 765, 1826, 2200)
    days = [day_of(NOW) - age for age in ages]
    _close(stores, *(day * DAY_HOURS for day in days))
    roll_up_days(stores.open, NOW, _on)

    dropped = [drop_expired(stores.open, RETENTION, NOW, _on) for _ in range(2)]

    kept = {resolution: _days(stores, resolution) for resolution in Resolution}
    assert kept[Resolution.SAMPLE] == [days[1], days[0]]
    assert kept[Resolution.HOUR] == [days[3], days[2], days[1], days[0]]
    assert kept[Resolution.DAY] == days[5::-1]
    assert dropped == [5 + 3 + 1, 0]


def test_more_is_dropped_than_fits_one_transaction(stores: Stores) -> None:
    """A stop leaves the rest to the next run."""
    add_devices(stores, ONE)
    first = HOUR - 400 * DAY_HOURS
    _close(stores, *range(first, first + (DROP_AT_ONCE + 5) * DAY_HOURS, DAY_HOURS))
    roll_up_days(stores.open, NOW, _on)

    assert drop_expired(stores.open, RETENTION, NOW, _stop) == DROP_AT_ONCE
    assert drop_expired(stores.open, RETENTION, NOW, _on) == 5


@pytest.mark.parametrize(
    ("resolution", "first"),
    [
        pytest.param(Resolution.SAMPLE, datetime(2026, 8, 4, tzinfo=UTC), id="begin of a day"),
        pytest.param(Resolution.HOUR, datetime(2024, 11, 1, tzinfo=UTC), id="begin of a month"),
        pytest.param(Resolution.DAY, datetime(2021, 1, 1, tzinfo=UTC), id="begin of a year"),
    ],
)
def test_what_is_kept_begins_with_a_partition(resolution: Resolution, first: datetime) -> None:
    assert first == RETENTION.first_kept(resolution, NOW)
