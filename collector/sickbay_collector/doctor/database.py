"""Checks of the database: reachable, of this program's schema, whole, and still written to."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.db.engine import mask_url, open_engine, sqlite_file
from sickbay_collector.db.migrate import check as check_schema
from sickbay_collector.db.migrate import head
from sickbay_collector.db.vitals import LastReport, check_integrity, last_report
from sickbay_collector.doctor.finding import Finding, ok, problem, warning

# Source: the collector's own line between a late and a lost device (DOMAIN: presence).
_LOST_S = 900.0
_LOST_INTERVALS = 5
# The same line as for a device's clock.
_AHEAD = timedelta(minutes=5)


def check_database(config: CollectorConfig, *, now: datetime) -> Iterator[Finding]:
    """Say whether the database works; what cannot be asked after a problem is left out."""
    try:
        file = sqlite_file(config.database)
        if file is not None and not file.exists():
            yield warning("database", f"{file} is not there yet: `sickbay serve` makes it")
            return
        engine = open_engine(config.database)
    except SickbayError as error:
        yield problem("database", str(error))
        return
    with closing(_Disposed(engine)):
        yield ok("database", f"{file or mask_url(config.database)} answers")
        yield from _contents(engine, now)


def _contents(engine: Engine, now: datetime) -> Iterator[Finding]:
    yield _integrity(engine)
    try:
        check_schema(engine)
    except SickbayError as error:
        yield problem("schema", str(error))
        return
    yield ok("schema", f"revision {head()}, as this program needs")
    try:
        yield judge_reports(last_report(engine), now=now)
    except SickbayError as error:
        yield problem("reports", str(error))


def _integrity(engine: Engine) -> Finding:
    try:
        checked = check_integrity(engine)
    except SickbayError as error:
        return problem("integrity", f"{error}: stop the collector and restore a backup")
    return ok("integrity", "every page is whole" if checked else "PostgreSQL sees to it itself")


def judge_reports(last: LastReport, *, now: datetime) -> Finding:
    """Say whether devices still report."""
    check = "reports"
    if not last.devices:
        return ok(check, "no device is enrolled yet: `sickbay token make`")
    if last.received_at is None or last.report_interval_s is None:
        return warning(
            check, f"none of {last.devices} devices ever reported: run `sickbay-agent doctor` there"
        )
    silent = now - last.received_at
    if silent < -_AHEAD:
        return problem(
            check, f"the last one is dated {last.received_at:%Y-%m-%d %H:%M} UTC: set the clock"
        )
    text = f"the last of {last.devices} devices' came {_span(silent)} ago"
    if silent.total_seconds() > max(_LOST_S, _LOST_INTERVALS * last.report_interval_s):
        return warning(check, f"{text}: does the collector run, and do devices reach it?")
    return ok(check, text)


def _span(duration: timedelta) -> str:
    seconds = max(0, round(duration.total_seconds()))
    for unit_s, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds // unit_s} {name}"
    return f"{seconds} s"


class _Disposed:
    """Closes an engine's connections at the end of a block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close them."""
        self._engine.dispose()
