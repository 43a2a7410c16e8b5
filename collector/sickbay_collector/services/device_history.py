"""How a device came to be as it is: its readings over time, and what changed in its inventory."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.history import (
    BUCKET_S,
    FINEST_FIRST,
    Resolution,
    resolution_for,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Change, SectionVersion, diff
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.ports import UnitOfWork

MAX_METRICS = 16
"""Metrics of one request."""
MAX_SPAN = timedelta(days=1830)
"""Longest stretch of one request: five years, as long as roll-ups by day are kept."""
MAX_POINTS = 1000
"""Points of one series in an answer."""
# Contents are read for this many changes of a section at once; a section may be large.
_PAIRS = 20


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """A stretch of time, summed up so that a short spike stays visible."""

    at: datetime
    """Of the first reading in it; of roll-ups, when the first hour or day begins."""
    mean: float
    low: float
    high: float
    count: int
    """Readings in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySeries:
    """One metric of one instance over time."""

    metric: str
    instance: str
    """"" for what a device has once."""
    label: str
    unit: str
    points: tuple[HistoryPoint, ...]
    """In order of time. A stretch without readings has no point."""
    bucket_s: float | None
    """How long a stretch a point sums up; None where each is one reading. Points that are further
    apart have a gap between them."""
    first: float
    """The first reading; of roll-ups the mean of the first hour or day."""
    last: float
    count: int
    """Readings that the points sum up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHistory:
    """Readings of a device over a stretch of time."""

    resolution: Resolution
    """What the points were made of."""
    series: tuple[HistorySeries, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A series as the store has it, its last reading beside it."""

    name: str
    points: tuple[HistoryPoint, ...]
    last: float


def device_history(
    uow: UnitOfWork,
    device_id: DeviceId,
    metrics: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    max_points: int,
    is_recent: bool = False,
) -> DeviceHistory:
    """Return readings from `since` to before `until`, each series in at most `max_points` points.

    The wider the stretch, the coarser is what it is made of; a narrow one of long ago is made of
    what is still kept.

    Args:
        uow: Where to read.
        device_id: Whose.
        metrics: Which.
        since: From when on.
        until: Until when.
        max_points: Of one series.
        is_recent: Whether nothing of the stretch can have been dropped: then what has no readings
            is not looked for in what is coarser.

    Raises:
        InvalidError: A metric is not known, or the stretch is empty or too long.
    """
    _check(metrics, since, until)
    if is_recent:
        resolution = resolution_for(until - since)
        found = _read(uow, device_id, metrics, resolution, since, until)
    else:
        resolution, found = _finest(uow, device_id, metrics, since, until)
    order = {metric: place for place, metric in enumerate(metrics)}
    ordered = sorted(
        found, key=lambda one: (order.get(_split(one.name)[0], len(order)), _split(one.name))
    )
    return DeviceHistory(
        resolution=resolution,
        series=tuple(_summed(one, resolution, since, until, max_points) for one in ordered),
    )


def _finest(
    uow: UnitOfWork, device_id: DeviceId, metrics: Sequence[str], since: datetime, until: datetime
) -> tuple[Resolution, list[_Read]]:
    wanted = resolution_for(until - since)
    found = _read(uow, device_id, metrics, wanted, since, until)
    coarser = FINEST_FIRST[FINEST_FIRST.index(wanted) + 1 :]
    for resolution in () if found else coarser:
        # Only hours and days that lie within: another part of them may have readings.
        end = until - timedelta(seconds=BUCKET_S[resolution], microseconds=-1)
        found = _read(uow, device_id, metrics, resolution, since, end) if end > since else []
        if found:
            return resolution, found
    return wanted, found


def _read(
    uow: UnitOfWork,
    device_id: DeviceId,
    metrics: Sequence[str],
    resolution: Resolution,
    since: datetime,
    until: datetime,
) -> list[_Read]:
    if resolution is Resolution.SAMPLE:
        series = uow.history.read(device_id, metrics, since=since, until=until)
        return [
            _Read(
                one.name,
                tuple(HistoryPoint(at, value, value, value, 1) for at, value in one.points),
                one.points[-1][1],
            )
            for one in series
            if one.points
        ]
    rolled = uow.history.read_rollups(device_id, metrics, resolution, since=since, until=until)
    return [
        _Read(
            one.name,
            tuple(HistoryPoint(at.at, at.mean, at.low, at.high, at.count) for at in one.points),
            one.points[-1].last,
        )
        for one in rolled
        if one.points
    ]


def device_changes(
    uow: UnitOfWork, device_id: DeviceId, *, since: datetime, limit: int
) -> tuple[Change, ...]:
    """Return what changed in a device's inventory at or after `since`, newest first.

    A section's first version is where its history begins, not a change.
    """
    versions = uow.sections.versions(device_id, since=since)
    return changes_of(uow, versions, since=since, limit=limit)


def changes_of(
    uow: UnitOfWork, versions: Iterable[SectionVersion], *, since: datetime, limit: int
) -> tuple[Change, ...]:
    """Return what changed between versions, as `device_changes` does."""
    pairs = sorted(
        (pair for pair in _pairs(versions) if pair[1].since >= since),
        key=lambda pair: pair[1].since,
        reverse=True,
    )
    found: list[Change] = []
    for start in range(0, len(pairs), _PAIRS):
        if len(found) >= limit:
            break
        some = pairs[start : start + _PAIRS]
        contents = uow.sections.contents({one.hash for pair in some for one in pair})
        for before, after in some:
            if before.hash in contents and after.hash in contents:
                found.extend(diff(contents[before.hash], contents[after.hash], at=after.since))
    return tuple(found[:limit])


def _pairs(
    versions: Iterable[SectionVersion],
) -> Iterator[tuple[SectionVersion, SectionVersion]]:
    ordered = sorted(versions, key=lambda one: (one.kind, one.since))
    for _, of_kind in groupby(ordered, key=lambda one: one.kind):
        yield from pairwise(of_kind)


def _check(metrics: Sequence[str], since: datetime, until: datetime) -> None:
    if not 1 <= len(metrics) <= MAX_METRICS:
        raise InvalidError(
            "metric: 1 to %(most)s of them, not %(metrics)s", most=MAX_METRICS, metrics=len(metrics)
        )
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise InvalidError(
            "metric: %(unknown)r is not known; those that are: %(metrics)s",
            unknown=unknown[0],
            metrics=", ".join(METRICS),
        )
    if not timedelta() < until - since <= MAX_SPAN:
        raise InvalidError("until: after since, by at most %(days)s days", days=MAX_SPAN.days)


def _split(name: str) -> tuple[str, str]:
    metric, _, instance = name.partition("/")
    return metric, instance


def _summed(
    one: _Read, resolution: Resolution, since: datetime, until: datetime, max_points: int
) -> HistorySeries:
    metric, instance = _split(one.name)
    bucket_s: float | None = BUCKET_S.get(resolution)
    points = one.points
    if len(points) > max_points:
        bucket_s = (until - since).total_seconds() / max_points
        points = tuple(_stretches(points, since, bucket_s))
    return HistorySeries(
        metric=metric,
        instance=instance,
        label=METRICS[metric].label,
        unit=METRICS[metric].unit,
        points=points,
        bucket_s=bucket_s,
        first=one.points[0].mean,
        last=one.last,
        count=sum(point.count for point in one.points),
    )


def _stretches(
    points: Sequence[HistoryPoint], since: datetime, step_s: float
) -> Iterator[HistoryPoint]:
    """Sum up points by equal stretches of time."""
    for _, group in groupby(
        points, key=lambda one: int((one.at - since).total_seconds() // step_s)
    ):
        stretch = list(group)
        count = sum(one.count for one in stretch)
        yield HistoryPoint(
            stretch[0].at,
            math.fsum(one.mean * one.count for one in stretch) / count,
            min(one.low for one in stretch),
            max(one.high for one in stretch),
            count,
        )
