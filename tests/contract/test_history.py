"""History is one, whether an hour runs or was closed, and whenever its samples came."""

from datetime import UTC, datetime, timedelta

from sickbay_collector.core.sample import Readings
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.services.history_ports import Series
from tests.contract.conftest import Stores
from tests.contract.records import ONE, TWO, a_state, add_devices

HOUR = 497_001
START = datetime.fromtimestamp(HOUR * 3600, UTC)
CPU = "cpu.busy_ratio"
USED = "volume.used_ratio"


def _frames(hour: int, *samples: tuple[int, Readings]) -> bytes:
    writer = FrameWriter(hour=hour)
    for minute, readings in samples:
        writer.append(START + timedelta(hours=hour - HOUR, minutes=minute), readings)
    return writer.frames


def _at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def _read(
    stores: Stores, metrics: list[str], since: datetime, until: datetime
) -> dict[str, list[tuple[datetime, float]]]:
    with stores.read() as uow:
        found = uow.history.read(ONE, metrics, since=since, until=until)
    return {series.name: list(series.points) for series in found}


def test_closed_hours_and_the_running_hour_are_one_series(stores: Stores) -> None:
    """A device that was off for an hour has no points there."""
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, _frames(HOUR, (58, {CPU: {"": 0.25}})))
        uow.history.close_hour(TWO, HOUR, _frames(HOUR, (58, {CPU: {"": 0.5}})))
        running = _frames(HOUR + 2, (1, {CPU: {"": 0.75}}), (2, {CPU: {"": 0.125}}))
        uow.states.save([a_state(ONE, hour=HOUR + 2, frames=running)])
        uow.commit()

    assert _read(stores, [CPU], START, _at(200)) == {
        CPU: [(_at(58), 0.25), (_at(121), 0.75), (_at(122), 0.125)]
    }


def test_a_stretch_begins_at_since_and_ends_before_until(stores: Stores) -> None:
    add_devices(stores, ONE)
    samples = [(minute, {CPU: {"": minute / 100}}) for minute in range(5)]
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, _frames(HOUR, *samples))
        uow.commit()

    assert _read(stores, [CPU], _at(1), _at(3)) == {CPU: [(_at(1), 0.01), (_at(2), 0.02)]}
    assert _read(stores, [CPU], _at(5), _at(60)) == {}


def test_every_instance_of_the_metrics_is_read(stores: Stores) -> None:
    add_devices(stores, ONE)
    readings: Readings = {CPU: {"": 0.5}, USED: {"a": 0.1, "b/c": 0.2}, "boot.uptime_s": {"": 5}}
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, _frames(HOUR, (0, readings)))
        uow.commit()

    assert _read(stores, [USED, CPU], START, _at(1)) == {
        CPU: [(START, 0.5)],
        f"{USED}/a": [(START, 0.1)],
        f"{USED}/b/c": [(START, 0.2)],
    }
    assert _read(stores, [], START, _at(1)) == {}


def test_late_samples_join_an_hour_that_was_closed(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, _frames(HOUR, (1, {CPU: {"": 0.1}})))
        late = _frames(HOUR, (0, {CPU: {"": 0.2}, USED: {"a": 0.5}}))
        uow.history.close_hour(ONE, HOUR, late)
        uow.commit()

    assert _read(stores, [CPU, USED], START, _at(60)) == {
        CPU: [(START, 0.2), (_at(1), 0.1)],
        f"{USED}/a": [(START, 0.5)],
    }


def test_an_hour_without_samples_leaves_nothing(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, b"")

        assert list(uow.history.read(ONE, [CPU], since=START, until=_at(60))) == []


def test_points_are_of_aware_times(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.history.close_hour(ONE, HOUR, _frames(HOUR, (3, {CPU: {"": 0.5}})))
        found = list(uow.history.read(ONE, [CPU], since=START, until=_at(60)))

    assert found == [Series(name=CPU, points=((_at(3), 0.5),))]
    assert found[0].points[0][0].tzinfo is UTC
