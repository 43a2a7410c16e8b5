"""What the address of a device's page says: which side, and which stretch of time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from sickbay_collector.core.metric import METRICS
from sickbay_collector.web.api.base import Body, Moment
from sickbay_collector.web.api.device_query import LEFT_EMPTY

SERIES = 3
"""Metrics of a chart; more cannot be told apart."""
USUAL_METRICS = ("cpu.busy_ratio", "memory.available_ratio", "pressure.io_some_ratio")
_TWO_YEARS_H = 17_544
_Metric = Annotated[str, Field(max_length=64, pattern=f"^({'|'.join(map(str, METRICS))})$")]


class TabQuery(Body):
    """Which side of a device, and what of it."""

    tab: Annotated[str, Field(max_length=20)] = "overview"
    metric: Annotated[tuple[_Metric, ...], LEFT_EMPTY] = USUAL_METRICS
    hours: Annotated[int, Field(ge=1, le=_TWO_YEARS_H)] = 24
    """Of the history: how far back; unless a stretch is named."""
    since: Annotated[Moment | None, LEFT_EMPTY] = None
    until: Annotated[Moment | None, LEFT_EMPTY] = None
    from_day: Annotated[date | None, LEFT_EMPTY] = None
    """Of the changes: the inventory as of the end of this day, against that of the next."""
    to_day: Annotated[date | None, LEFT_EMPTY] = None
    text: Annotated[str, Field(max_length=253, pattern=r"^[^\x00]*$")] = ""
    """Of the software: part of its name or publisher."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the metrics, each once, no more than can be drawn."""
        return tuple(dict.fromkeys(self.metric))[:SERIES]

    def stretch(self, now: datetime) -> tuple[datetime, datetime]:
        """Return which stretch of time the history shows."""
        if self.since is not None and self.until is not None and self.since < self.until:
            return self.since, self.until
        return now - timedelta(hours=self.hours), now

    def days(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Return the two moments to compare; None where no day is named."""
        if self.from_day is None:
            return None
        begin = _end_of(self.from_day)
        end = _end_of(self.to_day) if self.to_day is not None else now
        return begin, min(end, now)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
