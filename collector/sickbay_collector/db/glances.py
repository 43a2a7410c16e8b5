"""The fleet as a whole, read from the lines of its devices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import (
    CTE,
    BigInteger,
    Connection,
    Subquery,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from sickbay_collector.core.device import Presence
from sickbay_collector.core.health.days import MOVED_POINTS, Span
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.places import site_column
from sickbay_collector.db.presence import presence_column
from sickbay_collector.db.types import from_micros
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.glance_ports import LowScore, MovedScore, Movers, SiteSilence

_LINE = device_line.c
_BEFORE = MappingProxyType({Span.DAY: _LINE.score_day_ago, Span.WEEK: _LINE.score_week_ago})
_SILENT = (Presence.LATE.value, Presence.LOST.value)
_EXPECTED = (Presence.ONLINE.value, *_SILENT)


class SqlGlanceStore:
    """Implements `GlanceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lowest(self, *, limit: int) -> Sequence[LowScore]:
        """Return the devices in use with the lowest scores, lowest first."""
        statement = (
            select(_LINE.device_id, device.c.hostname, _LINE.score)
            .join(device, device.c.device_id == _LINE.device_id)
            .where(_LINE.status.not_in(GONE), _LINE.score.is_not(None))
            .order_by(_LINE.score, _LINE.hostname_key, _LINE.device_id)
            .limit(limit)
        )
        return [
            LowScore(device_id=DeviceId(row.device_id), hostname=row.hostname, score=row.score)
            for row in self._connection.execute(statement)
        ]

    def movers(self, *, heard_since: datetime, limit: int) -> Mapping[Span, Movers]:
        """Return the devices in use whose scores moved by `MOVED_POINTS` or more."""
        moved = _candidates(heard_since)
        tops = union_all(
            *(
                select(_furthest(moved, span, falls=falls, limit=limit))
                for span in Span
                for falls in (True, False)
            )
        ).subquery()
        statement = (
            select(tops, device.c.hostname)
            .join(device, device.c.device_id == tops.c.device_id)
            .order_by(
                func.abs(tops.c.score - tops.c.before).desc(),
                device.c.hostname_key,
                device.c.device_id,
            )
        )
        found: dict[tuple[str, bool], list[MovedScore]] = {}
        for row in self._connection.execute(statement):
            one = MovedScore(
                device_id=DeviceId(row.device_id),
                hostname=row.hostname,
                score=row.score,
                before=row.before,
            )
            found.setdefault((row.span, row.score < row.before), []).append(one)
        return {
            span: Movers(
                fell=tuple(found.get((span.value, True), ())),
                rose=tuple(found.get((span.value, False), ())),
            )
            for span in Span
        }

    def site_silences(
        self, *, heard_since: datetime, now: datetime, started_at: datetime
    ) -> Sequence[SiteSilence]:
        """Return the sites of which a device is silent, by id."""
        lines = (
            select(
                _LINE.device_id,
                site_column(now).label("site"),
                type_coerce(_LINE.received_at, BigInteger).label("heard"),
                presence_column(now, started_at).label("presence"),
            )
            .where(_LINE.status.not_in(GONE), _LINE.received_at >= heard_since)
            .subquery()
        )
        silent = func.sum(case((lines.c.presence.in_(_SILENT), 1), else_=0))
        site = lines.c.site
        statement = (
            select(
                site,
                func.count().label("expected"),
                silent.label("silent"),
                func.max(lines.c.heard).label("heard"),
            )
            .where(lines.c.presence.in_(_EXPECTED), site != "")
            .group_by(site)
            .having(silent > 0)
            .order_by(site)
        )
        return [
            SiteSilence(
                site=row.site,
                expected=row.expected,
                silent=int(row.silent),
                heard_at=from_micros(row.heard),
            )
            for row in self._connection.execute(statement)
        ]


def _candidates(heard_since: datetime) -> CTE:
    """Return the scores that moved far, by lines that are read once for all lists."""
    return (
        select(
            _LINE.device_id,
            _LINE.hostname_key,
            _LINE.score,
            *(before.label(span.value) for span, before in _BEFORE.items()),
        )
        .where(
            _LINE.status.not_in(GONE),
            _LINE.received_at >= heard_since,
            or_(*(func.abs(_LINE.score - one) >= MOVED_POINTS for one in _BEFORE.values())),
        )
        .cte("moved")
    )


def _furthest(moved: CTE, span: Span, *, falls: bool, limit: int) -> Subquery:
    """Return the scores that fell, or rose, most against one of before."""
    one = moved.c
    before = one[span.value]
    change = one.score - before if falls else before - one.score
    return (
        select(literal(span.value).label("span"), one.device_id, one.score, before.label("before"))
        .where(change <= -MOVED_POINTS)
        .order_by(change, one.hostname_key, one.device_id)
        .limit(limit)
        .subquery()
    )
