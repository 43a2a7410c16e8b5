"""Roll-ups are exact, small, and say when they are damaged."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.store.v1 import history_pb2
from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.history import hour_of
from sickbay_collector.db.compression import compress
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.db.hours import hour_message, hour_points, pack_hour
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

CPU = "cpu.busy_ratio"
_VALUES = st.integers(-(2**40), 2**50)
_POINTS = st.dictionaries(st.integers(0, 3599), _VALUES, min_size=1, max_size=20)
_HOURS = st.dictionaries(
    st.integers(0, 23), st.dictionaries(st.sampled_from("abc"), _POINTS), max_size=6
)


def _rolled(hours: dict[int, dict[str, dict[int, int]]]) -> Rollups:
    rollups: Rollups = {}
    for place, points in hours.items():
        put(rollups, place, roll(points))
    return rollups


@given(_HOURS)
def test_what_is_packed_comes_back(hours: dict[int, dict[str, dict[int, int]]]) -> None:
    rollups = _rolled(hours)

    assert unpack_rollups(pack_rollups(rollups)) == {
        name: stretches for name, stretches in rollups.items() if stretches
    }


@given(_HOURS)
def test_a_day_is_the_same_from_hours_as_from_samples(
    hours: dict[int, dict[str, dict[int, int]]],
) -> None:
    whole: dict[str, dict[int, int]] = {}
    for place, points in hours.items():
        for name, moments in points.items():
            whole.setdefault(name, {}).update(
                {place * 3600 + offset: value for offset, value in moments.items()}
            )

    assert roll_all(_rolled(hours)) == roll(whole)


def test_a_series_that_is_gone_from_an_hour_is_gone_from_its_rollup() -> None:
    rollups = _rolled({3: {"a": {0: 1}, "b": {0: 1}}, 4: {"b": {0: 2}}})

    put(rollups, 3, roll({"a": {0: 5, 1: 7}}))

    assert unpack_rollups(pack_rollups(rollups)) == {
        "a": {3: Rolled(5, 7, 12, 2, 7)},
        "b": {4: Rolled(2, 2, 2, 1, 2)},
    }


def test_an_hour_is_rolled_up_as_its_points_are() -> None:
    """Series with gaps too."""
    start = datetime(2026, 11, 2, tzinfo=UTC)
    writer = FrameWriter(hour=hour_of(start))
    for minute, value in enumerate((0.5, 0.25, 0.75)):
        extra = {"cpu.load_1m": {"": 2.0}} if minute == 1 else {}
        writer.append(start + timedelta(minutes=minute), {CPU: {"": value}, **extra})
    packed = pack_hour(writer.frames)

    assert roll_hour(hour_message(packed)) == roll(hour_points(packed))
    assert roll_hour(hour_message(packed))[CPU] == Rolled(2500, 7500, 15_000, 3, 7500)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\xff\xff", id="no message"),
        pytest.param(
            history_pb2.Hour(
                offsets_s=[0, 1], columns=[history_pb2.Column(series=CPU, values=[1])]
            ).SerializeToString(),
            id="fewer values than moments",
        ),
    ],
)
def test_a_damaged_hour_is_named(message: bytes) -> None:
    with pytest.raises(DamagedError, match="history is damaged"):
        roll_hour(message)


def test_only_the_metrics_asked_for_are_unpacked() -> None:
    packed = pack_rollups(_rolled({0: {CPU: {0: 1}, f"{CPU}/x": {0: 1}, "cpu.load_1m": {0: 1}}}))

    assert set(unpack_rollups(packed, metrics={CPU})) == {CPU, f"{CPU}/x"}


def test_sums_past_any_sense_can_still_be_written() -> None:
    """The mean of 2**50 KiB and 0 over a day of seconds does not fit its field."""
    one = Rolled(0, 2**50, 2**50 * 86_399, 86_400, 2**50)

    found = unpack_rollups(pack_rollups({"a": {0: one}}))["a"][0]

    assert found == one._replace(total=2**64 - 1)


def test_nothing_is_packed_as_nothing() -> None:
    assert pack_rollups({}) == b""
    assert pack_rollups({"a": {}}) == b""
    assert unpack_rollups(b"") == {}


def test_values_are_in_the_unit_of_their_metric() -> None:
    """A metric that an older release wrote is left out."""
    at = datetime(2026, 11, 2, tzinfo=UTC)
    one = Rolled(2500, 7500, 10_000, 2, 7500)

    (point,) = to_points(CPU, [(at, one)])

    assert (point.at, point.low, point.mean, point.high, point.last, point.count) == (
        at,
        0.25,
        0.5,
        0.75,
        0.75,
        2,
    )
    assert list(to_points("cpu.gone", [(at, one)])) == []


def _damaged(**column: list[int]) -> bytes:
    packed = history_pb2.Rollups(places=[0, 1], counts=[1, 1])
    packed.columns.add(series=CPU, **column)
    return compress(packed.SerializeToString())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"no zlib", id="not compressed"),
        pytest.param(compress(b"\xff\xff"), id="no message"),
        pytest.param(_damaged(lows=[1]), id="too few lows"),
        pytest.param(_damaged(missing=[1, 1, 1]), id="too much missing"),
        pytest.param(
            compress(history_pb2.Rollups(places=[1]).SerializeToString()),
            id="no number of readings",
        ),
    ],
)
def test_damage_is_named(data: bytes) -> None:
    with pytest.raises(DamagedError, match="history is damaged"):
        unpack_rollups(data)
