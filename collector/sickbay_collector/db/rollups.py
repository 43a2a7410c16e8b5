"""Roll-ups: of each stretch of time the lowest, mean, highest and last value, and their number.

A row holds the hours of a day or the days of a month, as columns of scaled integers. Sums are
exact, so a day's roll-up is the same whether it is made of samples or of hours.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeAlias

from google.protobuf.message import DecodeError

from sickbay.store.v1 import history_pb2
from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.metric import METRICS
from sickbay_collector.db.compression import compress, decompress
from sickbay_collector.db.frames import Points, split_series
from sickbay_collector.services.history_ports import RollupPoint

# Only a device that claims both nothing and an exbibyte within a day can come past it; its mean
# is then a little low, and the row can still be written.
_EXCESS_MAX = 2**64 - 1


class Rolled(NamedTuple):
    """One stretch of one series; values are scaled."""

    low: int
    high: int
    total: int
    number: int
    """Of readings."""
    last: int


Rollups: TypeAlias = dict[str, dict[int, Rolled]]
"""Series -> position (hour of the day, day of the month from 0) -> its roll-up."""


def roll(points: Points) -> Mapping[str, Rolled]:
    """Return the roll-up of each series over all of these points."""
    rolled = {}
    for name, moments in points.items():
        values = moments.values()
        rolled[name] = Rolled(
            min(values), max(values), sum(values), len(values), moments[max(moments)]
        )
    return rolled


def roll_hour(message: bytes) -> Mapping[str, Rolled]:
    """Return the roll-up of each series of a closed hour, without working out its points.

    Args:
        message: As `hours.hour_message` returned it.

    Raises:
        DamagedError: It is damaged.
    """
    try:
        packed = history_pb2.Hour.FromString(message)
    except DecodeError as error:
        raise DamagedError(f"history is damaged: an hour of {len(message)} bytes") from error
    size, rolled = len(packed.offsets_s), {}
    for column in packed.columns:
        differences = column.values[:]
        if not differences or len(differences) + len(column.gaps) != size:
            raise DamagedError(f"history is damaged: column {column.series} does not fit its hour")
        rolled[column.series] = _rolled(differences)
    return rolled


def _rolled(differences: Sequence[int]) -> Rolled:
    number = len(differences)
    if not any(differences[1:]):
        # Most series stand still for an hour.
        value = differences[0]
        return Rolled(value, value, value * number, number, value)
    values = list(accumulate(differences))
    return Rolled(min(values), max(values), sum(values), number, values[-1])


def roll_all(rollups: Rollups) -> Mapping[str, Rolled]:
    """Return the roll-up of each series over all of its stretches: a day of its hours."""
    return {name: _join(stretches) for name, stretches in rollups.items() if stretches}


def _join(stretches: Mapping[int, Rolled]) -> Rolled:
    lows, highs, totals, counts, _ = zip(*stretches.values(), strict=True)
    return Rolled(min(lows), max(highs), sum(totals), sum(counts), stretches[max(stretches)].last)


def join_rollups(mine: Rollups, theirs: Rollups) -> Rollups:
    """Return the roll-ups of two records of one machine; of one position, mine are the later."""
    joined = {name: dict(stretches) for name, stretches in mine.items()}
    for name, stretches in theirs.items():
        into = joined.setdefault(name, {})
        for place, one in stretches.items():
            into[place] = _join({0: one, 1: into[place]}) if place in into else one
    return joined


def put(rollups: Rollups, place: int, rolled: Mapping[str, Rolled]) -> None:
    """Set what is known of one position; series that are not in it lose theirs."""
    for stretches in rollups.values():
        stretches.pop(place, None)
    for name, one in rolled.items():
        rollups.setdefault(name, {})[place] = one


def pack_rollups(rollups: Rollups) -> bytes:
    """Return roll-ups as a row keeps them; b"" when there are none."""
    most: dict[int, int] = {}
    for stretches in rollups.values():
        for place, one in stretches.items():
            if one.number > most.get(place, 0):
                most[place] = one.number
    if not most:
        return b""
    counts = dict(sorted(most.items()))
    packed = history_pb2.Rollups(places=_differences([*counts]), counts=counts.values())
    for name in sorted(rollups):
        if rollups[name]:
            _add_column(packed, name, rollups[name], counts)
    return compress(packed.SerializeToString())


def _add_column(
    packed: history_pb2.Rollups,
    name: str,
    stretches: Mapping[int, Rolled],
    counts: Mapping[int, int],
) -> None:
    ordered = [(place, stretches[place]) for place in sorted(stretches)]
    gaps = [number for number, place in enumerate(counts) if place not in stretches]
    packed.columns.add(
        series=name,
        gaps=gaps,
        lows=_unless_zero(_differences([one.low for _, one in ordered])),
        spreads=_unless_zero([one.high - one.low for _, one in ordered]),
        lasts=_unless_zero([one.last - one.low for _, one in ordered]),
        excesses=_unless_zero(
            [min(one.total - one.low * one.number, _EXCESS_MAX) for _, one in ordered]
        ),
        missing=_unless_zero([counts[place] - one.number for place, one in ordered]),
    )


def _unless_zero(numbers: list[int]) -> list[int]:
    return numbers if any(numbers) else []


def _differences(numbers: list[int]) -> list[int]:
    return numbers[:1] + [after - before for before, after in pairwise(numbers)]


def unpack_rollups(data: bytes, *, metrics: Collection[str] | None = None) -> Rollups:
    """Return the roll-ups of a row.

    Args:
        data: As `pack_rollups` returned it; b"" for none.
        metrics: Names of metrics to return, every instance; None for all.

    Raises:
        DamagedError: The data is damaged.
    """
    if not data:
        return {}
    try:
        packed = history_pb2.Rollups.FromString(decompress(data))
    except (zlib.error, DecodeError) as error:
        raise DamagedError(f"history is damaged: roll-ups of {len(data)} bytes") from error
    places = list(accumulate(packed.places[:]))
    if len(places) != len(packed.counts):
        raise DamagedError("history is damaged: roll-ups without number of readings")
    counts = packed.counts[:]
    return {
        column.series: _stretches(column, places, counts)
        for column in packed.columns
        if metrics is None or split_series(column.series)[0] in metrics
    }


def _stretches(
    column: history_pb2.RollupColumn, places: list[int], counts: list[int]
) -> dict[int, Rolled]:
    if column.gaps:
        gaps = set(column.gaps)
        kept = [number for number in range(len(places)) if number not in gaps]
        places = [places[number] for number in kept]
        counts = [counts[number] for number in kept]
    size = len(places)
    # Cut out: to go through a repeated field one by one takes twice as long.
    arrays = [
        array[:]
        for array in (column.lows, column.spreads, column.lasts, column.excesses, column.missing)
    ]
    if any(len(array) not in {0, size} for array in arrays):
        raise DamagedError(f"history is damaged: roll-ups of {column.series} do not fit")
    zeros = [0] * size
    lows, *others = (array or zeros for array in arrays)
    found = {}
    for place, count, low, spread, last, excess, missing in zip(
        places, counts, accumulate(lows), *others, strict=True
    ):
        number = count - missing
        found[place] = Rolled(low, low + spread, low * number + excess, number, low + last)
    return found


def to_points(name: str, stretches: Iterable[tuple[datetime, Rolled]]) -> Iterator[RollupPoint]:
    """Yield roll-ups as values, in the order given; none where the metric is no longer known."""
    metric, _ = split_series(name)
    if metric not in METRICS:
        return
    scale = METRICS[metric].scale
    for at, one in stretches:
        yield RollupPoint(
            at=at,
            low=one.low / scale,
            mean=one.total / one.number / scale,
            high=one.high / scale,
            last=one.last / scale,
            count=one.number,
        )
