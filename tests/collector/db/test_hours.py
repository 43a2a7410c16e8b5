"""A closed hour is small, holds gaps, and takes samples that come late."""

import math
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from sickbay.store.v1 import history_pb2
from sickbay_collector.core.errors import StoreError
from sickbay_collector.core.sample import Readings
from sickbay_collector.db.compression import compress
from sickbay_collector.db.frames import FrameWriter, frame_points
from sickbay_collector.db.hours import (
    decode_hour,
    hour_message,
    hour_points,
    pack_day,
    pack_hour,
    unpack_day,
    unpack_hour,
)

HOUR = 497_001
START = datetime.fromtimestamp(HOUR * 3600, UTC)
CPU = "cpu.busy_ratio"
USED = "volume.used_ratio"


def _frames(*samples: tuple[int, Readings]) -> bytes:
    writer = FrameWriter(hour=HOUR)
    for minute, readings in samples:
        writer.append(START + timedelta(minutes=minute), readings)
    return writer.frames


def _minutes(packed: bytes) -> dict[str, dict[int, float]]:
    return {
        one.name: {int((at - START).total_seconds()) // 60: value for at, value in one.points}
        for one in unpack_hour(packed, hour=HOUR)
    }


def test_gaps_stay_gaps() -> None:
    frames = _frames(
        (0, {CPU: {"": 0.5}}), (1, {USED: {"a": 0.25}}), (2, {CPU: {"": 0.75}, USED: {"a": 0.5}})
    )

    assert _minutes(pack_hour(frames)) == {CPU: {0: 0.5, 2: 0.75}, f"{USED}/a": {1: 0.25, 2: 0.5}}


def test_late_samples_join_and_win() -> None:
    closed = pack_hour(_frames((5, {CPU: {"": 0.5}}), (6, {CPU: {"": 0.6}})))
    late = _frames((4, {CPU: {"": 0.4}}), (6, {CPU: {"": 0.7}}), (7, {USED: {"a": 0.5}}))

    joined = pack_hour(late, onto=closed)

    assert _minutes(joined) == {CPU: {4: 0.4, 5: 0.5, 6: 0.7}, f"{USED}/a": {7: 0.5}}
    assert _minutes(pack_hour(b"", onto=joined)) == _minutes(joined)


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param((0, 1, 2, 3, 4, 5), id="in order"),
        pytest.param((0, 3, 2, 1, 5, 4), id="out of order"),
        pytest.param((0, 1, 1, 2, 2, 3), id="two at once"),
    ],
)
def test_an_hour_is_its_frames_whatever_their_order(minutes: tuple[int, ...]) -> None:
    """Series come and go; of two samples in one second the later written counts."""
    frames = _frames(
        *(
            (minute, {CPU: {"": place / 10}} | ({USED: {"a": place / 20}} if place % 2 else {}))
            for place, minute in enumerate(minutes)
        )
    )

    assert hour_points(pack_hour(frames)) == frame_points(frames)


def test_no_samples_make_no_hour() -> None:
    assert pack_hour(b"") == b""
    assert unpack_hour(b"", hour=HOUR) == ()


def test_a_usual_hour_takes_less_than_thirty_bytes_a_sample() -> None:
    """45 series as a quiet workstation has them: most stand still, some wander."""

    def readings(minute: int) -> Readings:
        wave = 0.1 + 0.05 * math.sin(minute)
        steady = {f"volume-{number}": 0.5 for number in range(6)}
        return {
            **{f"pressure.{name}_ratio": {"": 0.0} for name in ("io_some", "cpu_some")},
            CPU: {"": wave},
            "cpu.load_1m": {"": 4 * wave},
            "memory.available_ratio": {"": 0.5 + wave / 10},
            "memory.total_bytes": {"": 2.0**34},
            "boot.uptime_s": {"": 5000 + 60 * minute},
            "session.user_idle_s": {"": minute % 7},
            "network.received_bytes": {"eth0": 1e4 * wave, "wlan0": 0},
            "thermal.temperature_celsius": {f"core-{core}": 40 + 9 * wave for core in range(4)},
            "thermal.critical_celsius": {f"core-{core}": 100 for core in range(4)},
            **{
                f"volume.{name}": steady
                for name in ("used_ratio", "free_ratio", "inodes_free_ratio", "read_only")
            },
        }

    assert sum(map(len, readings(0).values())) == 42
    packed = pack_hour(_frames(*((minute, readings(minute)) for minute in range(60))))

    assert len(packed) < 60 * 30


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"no zlib", id="not compressed"),
        pytest.param(zlib.compress(b"\xff\xff"), id="no message"),
        pytest.param(
            zlib.compress(
                history_pb2.Hour(
                    offsets_s=[0], columns=[history_pb2.Column(series=CPU, values=[1, 2])]
                ).SerializeToString()
            ),
            id="more values than moments",
        ),
    ],
)
def test_damage_is_named(packed: bytes) -> None:
    with pytest.raises(StoreError, match="history is damaged"):
        unpack_hour(packed, hour=HOUR)


def test_a_day_is_its_hours() -> None:
    """A wider stretch costs less: what hours have in common is there once."""
    closed = {place: pack_hour(_frames(*_samples(place))) for place in (0, 7, 23)}
    hours = {place: hour_points(data) for place, data in closed.items()}

    packed = pack_day({place: hour_message(data) for place, data in closed.items()})

    assert {place: decode_hour(data) for place, data in unpack_day(packed).items()} == hours
    assert decode_hour(unpack_day(packed)[7], {USED}) == {
        name: points for name, points in hours[7].items() if name.startswith(USED)
    }
    assert len(packed) < sum(map(len, closed.values()))


def test_a_day_without_hours_is_nothing() -> None:
    assert pack_day({}) == b""
    assert unpack_day(b"") == {}


def _samples(seed: int) -> list[tuple[int, Readings]]:
    return [(m, {CPU: {"": (m * 7 + seed) % 50 / 50}, USED: {"a": 0.5}}) for m in range(60)]


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"no zlib", id="not compressed"),
        pytest.param(compress(b"\xff\xff"), id="no message"),
        pytest.param(compress(history_pb2.Day(places=[1]).SerializeToString()), id="no hour"),
        pytest.param(pack_day({0: b"\x0a\x01\x07"})[:-3], id="cut"),
    ],
)
def test_a_damaged_day_is_named(packed: bytes) -> None:
    with pytest.raises(StoreError, match="history is damaged"):
        unpack_day(packed)


def test_a_damaged_hour_of_a_day_is_named() -> None:
    with pytest.raises(StoreError, match="history is damaged"):
        decode_hour(b"\xff\xff")
