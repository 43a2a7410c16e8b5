"""How a device came to be as it is: its readings over time, and what changed in its inventory."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Change, SectionContent, SectionVersion, diff
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.ports import UnitOfWork

MAX_METRICS = 16
"""Metrics of one request."""
MAX_SPAN = timedelta(days=92)
"""Longest stretch of one request."""
MAX_POINTS = 1000
"""Points of one series in an answer."""


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """A stretch of time, summed up so that a short spike stays visible."""

    at: datetime
    """Of the first reading in it."""
    mean: float
    low: float
    high: float


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
    first: float
    last: float
    count: int
    """Readings that the points sum up."""


def device_history(
    uow: UnitOfWork,
    device_id: DeviceId,
    metrics: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    max_points: int,
) -> tuple[HistorySeries, ...]:
    """Return readings from `since` to before `until`, each series in at most `max_points` points.

    Raises:
        InvalidError: A metric is not known, or the stretch is empty or too long.
    """
    _check(metrics, since, until)
    found = uow.history.read(device_id, metrics, since=since, until=until)
    order = {metric: place for place, metric in enumerate(metrics)}
    named = sorted((_split(one.name), one) for one in found if one.points)
    named.sort(key=lambda pair: order.get(pair[0][0], len(order)))
    return tuple(
        _summed(
            metric,
            instance,
            one.points,
            tuple(_points(one.points, since, until, max_points)),
        )
        for (metric, instance), one in named
    )


def device_changes(
    uow: UnitOfWork, device_id: DeviceId, *, since: datetime, limit: int
) -> tuple[Change, ...]:
    """Return what changed in a device's inventory at or after `since`, newest first.

    A section's first version is where its history begins, not a change.
    """
    versions = uow.sections.versions(device_id, since=since)
    contents: dict[bytes, SectionContent | None] = {}

    def content(version: SectionVersion) -> SectionContent | None:
        if version.hash not in contents:
            contents[version.hash] = uow.sections.content(version.hash)
        return contents[version.hash]

    found: list[Change] = []
    for before, after in sorted(_pairs(versions), key=lambda pair: pair[1].since, reverse=True):
        old, new = content(before), content(after)
        if after.since >= since and old is not None and new is not None:
            found.extend(diff(old, new, at=after.since))
        if len(found) >= limit:
            break
    return tuple(found[:limit])


def _pairs(
    versions: Iterable[SectionVersion],
) -> Iterator[tuple[SectionVersion, SectionVersion]]:
    ordered = sorted(versions, key=lambda one: (one.kind, one.since))
    for _, of_kind in groupby(ordered, key=lambda one: one.kind):
        yield from pairwise(of_kind)


def _check(metrics: Sequence[str], since: datetime, until: datetime) -> None:
    if not 1 <= len(metrics) <= MAX_METRICS:
        raise InvalidError(f"metric: 1 to {MAX_METRICS} of them, not {len(metrics)}")
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise InvalidError(
            f"metric: {unknown[0]!r} is not known; those that are: {', '.join(METRICS)}"
        )
    if not timedelta() < until - since <= MAX_SPAN:
        raise InvalidError(f"until: after since, by at most {MAX_SPAN.days} days")


def _split(name: str) -> tuple[str, str]:
    metric, _, instance = name.partition("/")
    return metric, instance


def _summed(
    metric: str,
    instance: str,
    readings: Sequence[tuple[datetime, float]],
    points: tuple[HistoryPoint, ...],
) -> HistorySeries:
    return HistorySeries(
        metric=metric,
        instance=instance,
        label=METRICS[metric].label,
        unit=METRICS[metric].unit,
        points=points,
        first=readings[0][1],
        last=readings[-1][1],
        count=len(readings),
    )


def _points(
    values: Sequence[tuple[datetime, float]], since: datetime, until: datetime, max_points: int
) -> Iterator[HistoryPoint]:
    """Sum up readings by equal stretches of time, unless they are few enough as they are."""
    if len(values) <= max_points:
        yield from (HistoryPoint(at, value, value, value) for at, value in values)
        return
    step_s = (until - since).total_seconds() / max_points
    for _, group in groupby(
        values, key=lambda one: int((one[0] - since).total_seconds() // step_s)
    ):
        stretch = list(group)
        readings = [value for _, value in stretch]
        mean = math.fsum(readings) / len(readings)
        yield HistoryPoint(stretch[0][0], mean, min(readings), max(readings))
