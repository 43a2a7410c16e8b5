"""A ticket's history as the lines of a table, for who reads without a script."""

import math
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.services.device_history import HistorySeries
from sickbay_collector.services.ticket_history import TicketHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A stretch of time and what each series had in it."""

    at: datetime
    """When it begins."""
    pairs: tuple[tuple[float | None, HistorySeries], ...]
    """The mean of each series; None where it has no reading."""
    marks: tuple[str, ...]
    """What happened in it."""

    @property
    def is_gap(self) -> bool:
        """Whether nothing was measured."""
        return all(value is None for value, _ in self.pairs)


def lines_of(history: TicketHistory, count: int) -> tuple[HistoryLine, ...]:
    """Return the history in so many lines of one length; of a long gap, its first line only."""
    step = (history.until - history.since) / count
    if not history.series or not step:
        return ()
    lines = [
        HistoryLine(
            at=history.since + place * step,
            pairs=tuple((_mean(one, history, place, count), one) for one in history.series),
            marks=tuple(
                mark.what
                for mark in history.marks
                if min(count - 1, int((mark.at - history.since) / step)) == place
            ),
        )
        for place in range(count)
    ]
    return tuple(
        line
        for place, line in enumerate(lines)
        if line.marks or not line.is_gap or not place or not lines[place - 1].is_gap
    )


def _mean(series: HistorySeries, history: TicketHistory, place: int, count: int) -> float | None:
    step = (history.until - history.since) / count
    found = [point for point in series.points if int((point.at - history.since) / step) == place]
    readings = sum(point.count for point in found)
    if not readings:
        return None
    return math.fsum(point.mean * point.count for point in found) / readings
