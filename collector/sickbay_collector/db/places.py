"""Where a device is, asked of the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, case

from sickbay_collector.db.line_tables import device_line

_LINE = device_line.c


def site_column(now: datetime) -> ColumnElement[str]:
    """Return the id of a device's site, as `core.asset.settle` has it of its record."""
    return case((_LINE.site_turns_at <= now, _LINE.site_then), else_=_LINE.site)
