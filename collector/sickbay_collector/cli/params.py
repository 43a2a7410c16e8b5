"""Kinds of arguments that several commands take."""

import re
from datetime import UTC, datetime, timedelta

import click

from sickbay_collector.core.alerts.fields import parse_duration

_SPAN = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Moments(click.ParamType[datetime]):
    """A moment: an age as "90m", "12h", "30d", or a date and time.

    The time is this machine's unless it names its zone.
    """

    name = "age or moment"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment, in UTC."""
        if isinstance(value, datetime):
            return value
        if found := _SPAN.fullmatch(value):
            return datetime.now(UTC) - timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither an age as 90m, 12h or 30d nor a time as 2026-11-20T08:00",
                param,
                ctx,
            )


class Length(click.ParamType[float]):
    """A length of time as "90m" or "2h", in seconds."""

    name = "length"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        if not isinstance(value, str):
            return value
        found = _SPAN.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no length of time as 90m, 12h or 30d", param, ctx)
        return float(int(found[1]) * _SECONDS[found[2]])


class Ahead(click.ParamType[datetime]):
    """A moment ahead: a length of time from now as "8h", or a date and time."""

    name = "length or moment"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment, in UTC."""
        if isinstance(value, str) and (found := _SPAN.fullmatch(value)):
            return datetime.now(UTC) + timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
        return Moments().convert(value, param, ctx)


class Seconds(click.ParamType[float]):
    """A length of time as "90s", "15m", "4h" or "2d"."""

    name = "time"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return it in seconds."""
        if not isinstance(value, str):
            return value
        seconds = parse_duration(value)
        if seconds is None:
            self.fail(f"{value!r} is no time like 90m, 4h or 2d", param, ctx)
        return seconds
