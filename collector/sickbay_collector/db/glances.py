"""The fleet as a whole, read from the lines of its devices."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, case, func, select, type_coerce

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.device import Presence
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.asset_tables import asset_claim
from sickbay_collector.db.assets import is_counting
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.presence import presence_column
from sickbay_collector.db.tables import device
from sickbay_collector.db.types import from_micros
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.glance_ports import LowScore, SiteSilence

_LINE = device_line.c
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

    def site_silences(
        self, *, heard_since: datetime, now: datetime, started_at: datetime
    ) -> Sequence[SiteSilence]:
        """Return the sites of which a device is silent, by id."""
        lines = (
            select(
                _LINE.device_id,
                type_coerce(_LINE.received_at, BigInteger).label("heard"),
                presence_column(now, started_at).label("presence"),
            )
            .where(_LINE.status.not_in(GONE), _LINE.received_at >= heard_since)
            .subquery()
        )
        silent = func.sum(case((lines.c.presence.in_(_SILENT), 1), else_=0))
        site = asset_claim.c.value
        statement = (
            select(
                site.label("site"),
                func.count().label("expected"),
                silent.label("silent"),
                func.max(lines.c.heard).label("heard"),
            )
            .join_from(lines, asset_claim, asset_claim.c.device_id == lines.c.device_id)
            .where(lines.c.presence.in_(_EXPECTED), site != "")
            .where(*is_counting(asset_claim, AssetField.SITE, now))
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
