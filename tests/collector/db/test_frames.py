"""The running hour gives back what was appended, to its metrics' resolution."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.errors import StoreError
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Readings
from sickbay_collector.db.frames import (
    FRAMES_MAX_BYTES,
    FrameWriter,
    append,
    open_hour,
    read_frames,
)
from sickbay_collector.db.hours import pack_hour, unpack_hour

HOUR = 497_001
START = datetime.fromtimestamp(HOUR * 3600, UTC)
CPU = "cpu.busy_ratio"
USED = "volume.used_ratio"


def _at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def _written(*samples: tuple[int, Readings]) -> bytes:
    writer = FrameWriter(hour=HOUR)
    for second, readings in samples:
        writer.append(_at(second), readings)
    return writer.frames


def _read(frames: bytes) -> dict[str, list[tuple[datetime, float]]]:
    return {one.name: list(one.points) for one in read_frames(frames, hour=HOUR)}


def _metric_values(name: str) -> st.SearchStrategy[dict[str, float]]:
    """Values as a metric holds them once they were stored."""
    metric = METRICS[name]
    low, high = round(metric.low * metric.scale), round(metric.high * metric.scale)
    value = st.integers(low, high).map(lambda scaled: scaled / metric.scale)
    return st.dictionaries(st.sampled_from(["", "a", "b/c", "ü"]), value, max_size=3)


READINGS = st.fixed_dictionaries(
    {},
    optional={
        name: _metric_values(name)
        for name in (CPU, USED, "thermal.temperature_celsius", "network.received_bytes")
    },
)
SAMPLES = st.lists(st.tuples(st.integers(0, 3599), READINGS), max_size=12)


def _expected(samples: list[tuple[int, dict[str, dict[str, float]]]]) -> dict[str, dict[int, int]]:
    """Of two samples in one second the later counts."""
    points: dict[str, dict[int, int]] = {}
    for second, readings in samples:
        for metric, instances in readings.items():
            for instance, value in instances.items():
                name = f"{metric}/{instance}" if instance else metric
                points.setdefault(name, {})[second] = round(value * METRICS[metric].scale)
    return points


@given(SAMPLES)
def test_what_was_appended_is_read_in_order_of_time(
    samples: list[tuple[int, dict[str, dict[str, float]]]],
) -> None:
    """Running and closed hour agree; so do one writer and one that resumes at each sample."""
    frames = _written(*samples)
    one_by_one = b""
    for second, readings in samples:
        one_by_one = append(one_by_one, hour=HOUR, at=_at(second), readings=readings)

    running = read_frames(frames, hour=HOUR)
    scaled = {
        one.name: {
            int((at - START).total_seconds()): round(
                value * METRICS[one.name.partition("/")[0]].scale
            )
            for at, value in one.points
        }
        for one in running
    }
    assert _expected(samples) == scaled
    assert all(list(one.points) == sorted(one.points) for one in running)
    assert running == read_frames(one_by_one, hour=HOUR)
    assert running == unpack_hour(pack_hour(frames), hour=HOUR)


def test_a_value_is_kept_to_its_metrics_resolution() -> None:
    frames = _written((5, {CPU: {"": 0.123456}, "memory.total_bytes": {"": 2048}}))

    assert _read(frames) == {CPU: [(_at(5), 0.1235)], "memory.total_bytes": [(_at(5), 2048.0)]}


def test_names_are_written_once_an_hour() -> None:
    """A sample with other series, and the next without them, cost a few bytes each."""
    usual: Readings = {CPU: {"": 0.5}, USED: {"a-rather-long-volume-id": 0.5}}
    hourly: Readings = {**usual, "drive.power_on_hours": {"serial": 12_000}}
    first = _written((0, usual))
    second = _written((0, usual), (1, hourly))
    rest = _written((0, usual), (1, hourly), (2, usual), (3, hourly), (4, usual))

    assert len(second) - len(first) < len("drive.power_on_hours/serial") + 20
    assert len(rest) - len(second) < 3 * 16
    assert [at for at, _ in _read(rest)["drive.power_on_hours/serial"]] == [_at(1), _at(3)]
    assert len(_read(rest)[CPU]) == 5


def test_a_sample_without_readings_leaves_no_trace() -> None:
    assert _written((0, {}), (1, {CPU: {}})) == b""


def test_a_metric_can_be_read_alone() -> None:
    frames = _written((0, {CPU: {"": 0.5}, USED: {"a": 0.1, "b": 0.2}}))

    found = read_frames(frames, hour=HOUR, metrics={USED})

    assert [one.name for one in found] == [f"{USED}/a", f"{USED}/b"]


@pytest.mark.parametrize(
    ("second", "inside"),
    [
        pytest.param(-1, False, id="before the hour"),
        pytest.param(0, True, id="first second"),
        pytest.param(3599, True, id="last second"),
        pytest.param(3600, False, id="after the hour"),
    ],
)
def test_a_sample_belongs_to_its_hour(second: int, *, inside: bool) -> None:
    if inside:
        assert _read(_written((second, {CPU: {"": 0.5}}))) == {CPU: [(_at(second), 0.5)]}
    else:
        with pytest.raises(ValueError, match=f"not in hour {HOUR}"):
            _written((second, {CPU: {"": 0.5}}))


def test_an_unknown_metric_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"unknown metrics: cpu\.colour"):
        _written((0, {"cpu.colour": {"": 1.0}}))


def test_a_full_hour_takes_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """A sample that would cross the limit is left out, as all behind it; the log says so once."""
    readings = {USED: {f"volume-{number:04}": 0.5 for number in range(6000)}}
    writer = FrameWriter(hour=HOUR)
    writer.append(_at(0), readings)
    assert len(writer.frames) < FRAMES_MAX_BYTES
    before = writer.frames

    with caplog.at_level(logging.WARNING):
        writer.append(_at(1), {USED: {f"other-{number:04}": 0.5 for number in range(9000)}})
        writer.append(_at(2), readings)

    assert writer.frames == before
    assert caplog.text.count("history full") == 1


def test_an_hour_is_filled_to_its_limit() -> None:
    """With the same series again and again: not one byte more, and what was written is read."""
    readings = [{USED: {f"v{n:03}": n * share for n in range(999)}} for share in (0.0001, 0.0009)]
    writer = FrameWriter(hour=HOUR)
    for second in range(400):
        writer.append(_at(second), readings[second % 2])
    found = read_frames(writer.frames, hour=HOUR)

    assert FRAMES_MAX_BYTES - 4096 < len(writer.frames) <= FRAMES_MAX_BYTES
    assert len({len(one.points) for one in found}) == 1


def test_every_cut_is_noticed_or_leaves_whole_samples() -> None:
    samples = [(second, {CPU: {"": second / 10}, USED: {"a": 0.5}}) for second in range(4)]
    frames = _written(*samples)
    whole = {len(_written(*samples[:count])): count for count in range(5)}

    for length in range(len(frames)):
        if length in whole:
            assert len(_read(frames[:length]).get(CPU, [])) == whole[length]
        else:
            with pytest.raises(StoreError, match="history is damaged"):
                read_frames(frames[:length], hour=HOUR)


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(b"\x02\xff\xff", id="no message"),
        pytest.param(b"\xff\xff\xff\xff\xff", id="no length"),
        pytest.param(b"\x04\x1a\x02\x02\x04", id="values without series"),
        pytest.param(b"\x03\x22\x01\x05", id="a position that names no series"),
    ],
)
def test_damage_is_named(frames: bytes) -> None:
    with pytest.raises(StoreError, match="history is damaged"):
        open_hour(HOUR, frames)


def test_a_metric_that_is_no_longer_known_is_left_out() -> None:
    frames = _written((0, {CPU: {"": 0.5}, USED: {"a": 0.5}}))
    renamed = frames.replace(CPU.encode(), b"cpu.busy_rotio")

    assert list(_read(renamed)) == [f"{USED}/a"]
    more = append(renamed, hour=HOUR, at=_at(1), readings={USED: {"a": 0.75}})
    assert _read(more) == {f"{USED}/a": [(_at(0), 0.5), (_at(1), 0.75)]}
