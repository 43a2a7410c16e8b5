"""A closed hour of a device: columns, delta coded and compressed. Written once, read by charts."""

import zlib
from collections.abc import Collection
from itertools import accumulate, pairwise

from google.protobuf.message import DecodeError

from sickbay.store.v1 import history_pb2
from sickbay_collector.core.errors import DamagedError
from sickbay_collector.db.compression import compress, decompress
from sickbay_collector.db.frames import Points, frame_points, split_series, to_series
from sickbay_collector.services.ports import Series


def pack_hour(frames: bytes, *, onto: bytes = b"") -> bytes:
    """Return a running hour's frames as a closed hour; b"" when there is no sample at all.

    Args:
        frames: As `FrameWriter.frames` returned them; samples in any order of time.
        onto: The same hour as it was closed before, for samples that came late; b"" for none.

    Raises:
        DamagedError: Either is damaged.
    """
    points = hour_points(onto)
    for name, moments in frame_points(frames).items():
        points.setdefault(name, {}).update(moments)
    return _pack(points) if points else b""


def unpack_hour(
    data: bytes, *, hour: int, metrics: Collection[str] | None = None
) -> tuple[Series, ...]:
    """Return the series of a closed hour by name, points in order of time.

    Args:
        data: As `pack_hour` returned it.
        hour: Hours since 1970.
        metrics: Names of metrics to return, every instance; None for all.

    Raises:
        DamagedError: The data is damaged.
    """
    return to_series(hour_points(data, metrics), hour=hour, metrics=metrics)


def hour_points(data: bytes, metrics: Collection[str] | None = None) -> Points:
    """Return the scaled points of a closed hour; none of b"".

    Raises:
        DamagedError: The data is damaged.
    """
    return _unpack(data, metrics) if data else {}


def _pack(points: Points) -> bytes:
    offsets = sorted({offset for moments in points.values() for offset in moments})
    packed = history_pb2.Hour(offsets_s=_differences(offsets))
    for name, moments in points.items():
        gaps: list[int] = []
        if len(moments) != len(offsets):
            gaps = [place for place, offset in enumerate(offsets) if offset not in moments]
        values = [moments[offset] for offset in sorted(moments)]
        packed.columns.add(series=name, gaps=gaps, values=_differences(values))
    return compress(packed.SerializeToString())


def _differences(numbers: list[int]) -> list[int]:
    return numbers[:1] + [after - before for before, after in pairwise(numbers)]


def _unpack(data: bytes, metrics: Collection[str] | None) -> Points:
    try:
        packed = history_pb2.Hour.FromString(decompress(data))
    except (zlib.error, DecodeError) as error:
        raise DamagedError(f"history is damaged: a closed hour of {len(data)} bytes") from error
    offsets = list(accumulate(packed.offsets_s))
    return {
        column.series: _moments(column, offsets)
        for column in packed.columns
        if metrics is None or split_series(column.series)[0] in metrics
    }


def _moments(column: history_pb2.Column, offsets: list[int]) -> dict[int, int]:
    if column.gaps:
        gaps = set(column.gaps)
        offsets = [offset for place, offset in enumerate(offsets) if place not in gaps]
    if len(offsets) != len(column.values):
        raise DamagedError(f"history is damaged: column {column.series} does not fit its hour")
    return dict(zip(offsets, accumulate(column.values), strict=True))
