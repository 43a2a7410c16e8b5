"""The running hour of a device: one frame a sample, delta coded, appended with every report.

A frame holds, for each series of its sample, the difference to the series' value before in the
hour. Names are written once an hour; a sample with other series than the one before (drives are
read hourly) names positions only. `FrameWriter` keeps what an append needs in memory, so that a
report costs microseconds; `resume` builds it again from stored bytes.
"""

import logging
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import mul, sub
from typing import NamedTuple, Self, TypeAlias

from google.protobuf.message import DecodeError

from sickbay.store.v1 import history_pb2
from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Readings
from sickbay_collector.services.history_ports import Series

log = logging.getLogger(__name__)

HOUR_S = 3600
# 60 samples of 45 series take 3 to 5 KB. The limit leaves room for one sample every second; it
# bounds what a device that reports without pause can make the collector rewrite.
FRAMES_MAX_BYTES = 262_144

# Before a frame: how long it is, and its offset.
_LENGTH_BYTES = 16
# Of a series in a frame beside its name: tag and length of the name, place, difference.
_SERIES_BYTES = 16

_SCALES = {metric.name: metric.scale for metric in METRICS.values()}
# Keys of what a device has once; all devices share them.
_ALONE = {metric: (metric, "") for metric in METRICS}

Points: TypeAlias = dict[str, dict[int, int]]
"""Series -> seconds after the start of the hour -> scaled value."""


class FrameColumn(NamedTuple):
    """One series of a running hour."""

    name: str
    positions: list[int]
    """Of the samples that have it."""
    differences: list[int]
    """Of its scaled value to the one before, one for each position."""


class FrameWriter:
    """Appends samples to the running hour of one device.

    Not shared between threads. Drop it when the transaction that was to store its frames failed,
    and resume from what is stored.

    Args:
        hour: Hours since 1970.
    """

    __slots__ = (
        "_before",
        "_data",
        "_is_full",
        "_names",
        "_now",
        "_previous",
        "_start_s",
        "_values",
    )

    def __init__(self, *, hour: int) -> None:
        self._start_s = hour * HOUR_S
        self._data = bytearray()
        self._is_full = False
        self._names: dict[str, int] = {}
        self._values: list[int] = []
        self._now = self._before = _Arrangement((), ())
        self._previous: list[int] = []

    @classmethod
    def resume(cls, frames: bytes, *, hour: int) -> Self:
        """Return a writer that goes on after these frames.

        Raises:
            DamagedError: The frames are damaged.
        """
        writer = cls(hour=hour)
        so_far = _Replay()
        for _ in so_far.run(frames):
            pass
        writer._data = bytearray(frames)
        writer._names = {name: place for place, name in enumerate(so_far.names)}
        writer._values = so_far.values
        keys = [split_series(so_far.names[place]) for place in so_far.order]
        writer._now = _Arrangement(so_far.order, keys)
        writer._previous = [so_far.values[place] for place in so_far.order]
        return writer

    @property
    def hour(self) -> int:
        """Hours since 1970."""
        return self._start_s // HOUR_S

    @property
    def frames(self) -> bytes:
        """Everything so far, as the state row keeps it."""
        return bytes(self._data)

    def append(self, at: datetime, readings: Readings) -> None:
        """Append one sample, unless the hour is full.

        A sample without readings leaves no trace: a gap needs none.

        Args:
            at: Aware; within the hour. Kept to the second.
            readings: Finite values of known metrics.

        Raises:
            ValueError: `at` is outside the hour, or a metric is unknown.
        """
        offset_s = int(at.timestamp()) - self._start_s
        if not 0 <= offset_s < HOUR_S:
            raise ValueError(f"{at.isoformat()} is not in hour {self.hour}")
        if self._is_full:
            return
        frame = history_pb2.Frame(offset_s=offset_s)
        values = self._now.aligned(readings)
        if values is None:
            # Names and their places in the hour are noted as they are written, never in vain.
            if len(self._data) + _longest_frame(readings) > FRAMES_MAX_BYTES:
                self._fill()
                return
            values = self._rearrange(readings, frame)
        if values:
            scaled = list(map(round, map(mul, values, self._now.scales)))
            frame.values.extend(map(sub, scaled, self._previous))
            raw = frame.SerializeToString()
            if len(self._data) + len(raw) + _LENGTH_BYTES > FRAMES_MAX_BYTES:
                self._fill()
                return
            self._previous = scaled
            self._data += _varint(len(raw))
            self._data += raw

    def _fill(self) -> None:
        """Take nothing more in this hour, and say so once."""
        self._is_full = True
        log.warning(
            "history full hour=%d bytes=%d: the hour's other samples are left out",
            self.hour,
            len(self._data),
        )

    def _rearrange(self, readings: Readings, frame: history_pb2.Frame) -> list[float]:
        """Go over to the series of these readings, mostly those before the present ones."""
        for place, value in zip(self._now.order, self._previous, strict=True):
            self._values[place] = value
        self._now, self._before = self._before, self._now
        values = self._now.aligned(readings)
        if values is None:
            self._now = self._arranged(readings, frame)
            values = [readings[metric][instance] for metric, instance in self._now.keys]
        self._previous = [self._values[place] for place in self._now.order]
        frame.order.extend(self._now.order)
        return values

    def _arranged(self, readings: Readings, frame: history_pb2.Frame) -> "_Arrangement":
        """Return where the readings' series are; new ones join the hour's list."""
        if unknown := sorted(readings.keys() - METRICS.keys()):
            raise ValueError(f"unknown metrics: {', '.join(unknown)}")
        names, keys = self._names, {}
        for metric, instances in readings.items():
            for instance in instances:
                name = sys.intern(f"{metric}/{instance}") if instance else metric
                place = names.get(name)
                if place is None:
                    place = names[name] = len(names)
                    self._values.append(0)
                    frame.series.append(name)
                keys[place] = (metric, instance) if instance else _ALONE[metric]
        order = sorted(keys)
        return _Arrangement(order, [keys[place] for place in order])


def _longest_frame(readings: Readings) -> int:
    """Return how long a frame can get that names all of these series."""
    longest = _LENGTH_BYTES
    for metric, values in readings.items():
        longest += len(values) * (len(metric) + 1 + _SERIES_BYTES)
        for instance in values:
            # What a device has once has no name to encode.
            if instance:
                longest += len(instance.encode())
    return longest


class _Arrangement:
    """Which series a sample has, in the order in which a frame writes them."""

    __slots__ = ("keys", "order", "scales")

    def __init__(self, order: Sequence[int], keys: Sequence[tuple[str, str]]) -> None:
        self.order = order
        self.keys = keys
        # A metric that an older release wrote may be gone; no reading will ask for its scale.
        self.scales = [_SCALES.get(metric, 1.0) for metric, _ in keys]

    def aligned(self, readings: Readings) -> list[float] | None:
        """Return the readings' values in this order; None when they are of other series."""
        if sum(map(len, readings.values())) != len(self.keys):
            return None
        try:
            return [readings[metric][instance] for metric, instance in self.keys]
        except KeyError:
            return None


def open_hour(hour: int, frames: bytes) -> FrameWriter:
    """Return a writer of an hour (hours since 1970) that goes on after these frames.

    Raises:
        DamagedError: The frames are damaged.
    """
    return FrameWriter.resume(frames, hour=hour)


def append(frames: bytes, *, hour: int, at: datetime, readings: Readings) -> bytes:
    """Return the frames with one more sample. `FrameWriter` does it without parsing each time.

    Raises:
        DamagedError: The frames are damaged.
        ValueError: `at` is outside the hour, or a metric is unknown.
    """
    writer = FrameWriter.resume(frames, hour=hour)
    writer.append(at, readings)
    return writer.frames


def read_frames(
    frames: bytes, *, hour: int, metrics: Collection[str] | None = None
) -> tuple[Series, ...]:
    """Return the series of a running hour by name, points in order of time.

    Args:
        frames: As `FrameWriter.frames` returned them.
        hour: Hours since 1970.
        metrics: Names of metrics to return, every instance; None for all.

    Raises:
        DamagedError: The frames are damaged.
    """
    return to_series(frame_points(frames), hour=hour, metrics=metrics)


def frame_points(frames: bytes, metrics: Collection[str] | None = None) -> Points:
    """Return the scaled points of a running hour; of two in one second the later written counts.

    Args:
        frames: As `FrameWriter.frames` returned them.
        metrics: Names of metrics to return, every instance; None for all.

    Raises:
        DamagedError: The frames are damaged.
    """
    replay = _Replay()
    points: Points = {}
    for offset_s in replay.run(frames):
        for place in replay.order:
            points.setdefault(replay.names[place], {})[offset_s] = replay.values[place]
    if metrics is None:
        return points
    return {name: found for name, found in points.items() if split_series(name)[0] in metrics}


def frame_columns(frames: bytes) -> tuple[list[int], list[FrameColumn]] | None:
    """Return the offsets of a running hour and its columns as they are coded, not worked out.

    None when its samples are not in order of time; then `frame_points` sorts them.

    Raises:
        DamagedError: The frames are damaged.
    """
    offsets: list[int] = []
    columns: list[FrameColumn] = []
    rows: list[list[int]] = []
    order: list[int] = []
    for start, frame in _messages(frames):
        if offsets and frame.offset_s <= offsets[-1]:
            return None
        columns.extend(FrameColumn(name, [], []) for name in frame.series)
        if frame.order:
            _transpose(rows, order, columns, len(offsets))
            rows, order = [], frame.order[:]
            if max(order) >= len(columns):
                raise DamagedError(f"history is damaged: values without series at byte {start}")
        # Cut out: to go through a repeated field one by one takes twice as long.
        values = frame.values[:]
        if len(values) != len(order):
            raise DamagedError(f"history is damaged: values without series at byte {start}")
        offsets.append(frame.offset_s)
        rows.append(values)
    _transpose(rows, order, columns, len(offsets))
    return offsets, columns


def _transpose(
    rows: list[list[int]], order: list[int], columns: list[FrameColumn], end: int
) -> None:
    """Append rows of differences, the last of them before position `end`, to their columns."""
    stretch = range(end - len(rows), end)
    for place, values in zip(order, zip(*rows, strict=True), strict=bool(rows)):
        columns[place].positions.extend(stretch)
        columns[place].differences.extend(values)


def to_series(
    points: Mapping[str, Mapping[int, int]], *, hour: int, metrics: Collection[str] | None
) -> tuple[Series, ...]:
    """Return scaled points as series of values. Metrics that are no longer known are left out."""
    start = datetime.fromtimestamp(hour * HOUR_S, UTC)
    series = []
    for name in sorted(points):
        metric, _ = split_series(name)
        if metric not in METRICS or (metrics is not None and metric not in metrics):
            continue
        scale = METRICS[metric].scale
        moments = sorted(points[name].items())
        series.append(
            Series(
                name=name,
                points=tuple(
                    (start + timedelta(seconds=offset_s), scaled / scale)
                    for offset_s, scaled in moments
                ),
            )
        )
    return tuple(series)


@lru_cache(maxsize=4096)
def split_series(name: str) -> tuple[str, str]:
    """Return metric and instance of a series; names of metrics hold no slash.

    Remembered, because thousands of devices have the same series and need not each keep a copy.
    """
    metric, _, instance = name.partition("/")
    return metric, instance


class _Replay:
    """Follows frames: after each, `values` holds the last value of every series so far."""

    __slots__ = ("names", "order", "values")

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[int] = []
        self.order: list[int] = []

    def run(self, frames: bytes) -> Iterator[int]:
        """Yield the offset of each frame, seconds."""
        for start, frame in _messages(frames):
            self._take(frame, start)
            yield frame.offset_s

    def _take(self, frame: history_pb2.Frame, start: int) -> None:
        self.names.extend(frame.series)
        self.values.extend(0 for _ in frame.series)
        if frame.order:
            self.order = frame.order[:]
        known = all(place < len(self.names) for place in frame.order)
        if not known or len(self.order) != len(frame.values):
            raise DamagedError(f"history is damaged: values without series at byte {start}")
        for place, difference in zip(self.order, frame.values[:], strict=True):
            self.values[place] += difference


def _messages(frames: bytes) -> Iterator[tuple[int, history_pb2.Frame]]:
    """Yield each frame and where it starts."""
    at = 0
    while at < len(frames):
        start, size = _read_varint(frames, at)
        at = start + size
        if at > len(frames):
            raise DamagedError(f"history is damaged: a frame of {size} bytes is cut at {start}")
        try:
            yield start, history_pb2.Frame.FromString(frames[start:at])
        except DecodeError as error:
            raise DamagedError(f"history is damaged: no frame at byte {start}") from error


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    return bytes((number & 0x7F | 0x80,)) + _varint(number >> 7)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return where the bytes after the number start, and the number."""
    number = shift = 0
    for index in range(at, min(at + 4, len(data))):
        number |= (data[index] & 0x7F) << shift
        if data[index] < 0x80:
            return index + 1, number
        shift += 7
    raise DamagedError(f"history is damaged: no length at byte {at}")
