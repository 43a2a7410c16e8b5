"""Gaps that come again: the same missing people at the same time of other days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.coverage import Gap, Missing

_Kind: TypeAlias = tuple[str, time, timedelta, tuple[Missing, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedGap:
    """A gap and the days that have it."""

    gap: Gap
    """The first one."""
    days: tuple[date, ...]
    """On which it begins, that of the first one among them, ascending."""


def repeated_gaps(gaps: Iterable[Gap], zone: ZoneInfo) -> tuple[RepeatedGap, ...]:
    """Return gaps without those that only repeat another one, by requirement and first time.

    Args:
        gaps: By requirement and time.
        zone: On whose clock they are the same.
    """
    found: dict[_Kind, list[Gap]] = {}
    for gap in gaps:
        local = gap.begin.astimezone(zone).time()
        kind = (gap.requirement, local, gap.end - gap.begin, gap.missing, gap.present)
        found.setdefault(kind, []).append(gap)
    return tuple(
        RepeatedGap(gap=same[0], days=tuple(one.begin.astimezone(zone).date() for one in same))
        for same in found.values()
    )
