"""Devices as lines of lists: what their lines, records and tags say."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, select

from sickbay_collector.core.asset import AssetField, Claim, settle_all
from sickbay_collector.core.device import Device, Goodbye, Presence, presence
from sickbay_collector.core.health.assess import grade
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.db.asset_tables import asset_claim
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.people_tables import person
from sickbay_collector.db.records import columns
from sickbay_collector.db.tags import SqlTagStore
from sickbay_collector.services.device_rows import NOWHERE, DevicePlace, DeviceRow, place_of

_CLAIM = columns(asset_claim, Claim)
_OWNER = AssetField.OWNER
_FIELDS = (_OWNER, AssetField.SITE, AssetField.DEPARTMENT, AssetField.LOCATION)
_NAMED = asset_claim.outerjoin(
    person, and_(asset_claim.c.field == _OWNER, person.c.person_id == asset_claim.c.value)
)


class SqlLineStore:
    """Implements `LineStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(
        self,
        devices: Sequence[Device],
        *,
        open_tickets: Mapping[DeviceId, int],
        now: datetime,
        started_at: datetime,
    ) -> Sequence[DeviceRow]:
        """Return these devices as lines of a list, in their order.

        The database is asked three times for any number.
        """
        ids = [one.device_id for one in devices]
        found = select(device_line).where(device_line.c.device_id.in_(ids))
        lines = {line["device_id"]: line for line in self._connection.execute(found).mappings()}
        places = self._places(ids, now)
        return [
            _row(
                device,
                lines[device.device_id],
                _presence(lines[device.device_id], now, started_at),
                open_tickets=open_tickets.get(device.device_id, 0),
                place=places.get(device.device_id, NOWHERE),
            )
            for device in devices
        ]

    def _places(self, ids: Sequence[DeviceId], now: datetime) -> Mapping[DeviceId, DevicePlace]:
        claims: dict[DeviceId, list[Claim]] = {}
        names: dict[PersonId, str] = {}
        said = (
            select(asset_claim.c.device_id, *_CLAIM, person.c.name.label("person_name"))
            .select_from(_NAMED)
            .where(asset_claim.c.device_id.in_(ids), asset_claim.c.field.in_(_FIELDS))
        )
        for row in self._connection.execute(said).mappings():
            fields = {name: row[name] for name in Claim.__dataclass_fields__}
            claims.setdefault(row["device_id"], []).append(Claim(**fields))
            if row["person_name"] is not None:
                names[PersonId(row["value"])] = row["person_name"]
        tags = SqlTagStore(self._connection).of(ids)
        return {
            one: place_of(_settled(claims.get(one, ()), now), tags.get(one, ()), names)
            for one in claims.keys() | tags.keys()
        }


def _row(
    device: Device, line: RowMapping, present: Presence, *, open_tickets: int, place: DevicePlace
) -> DeviceRow:
    return DeviceRow(
        device=device,
        presence=present,
        last_seen_at=line["received_at"],
        report_interval_s=line["report_interval_s"],
        score=line["score"],
        grade=None if line["score"] is None else grade(line["score"]),
        score_low=line["score_low"],
        score_high=line["score_high"],
        confidence=line["confidence"],
        open_alerts=line["open_alerts"],
        open_tickets=open_tickets,
        os_name=line["os_name"],
        model=line["model"],
        place=place,
    )


def _settled(claims: Sequence[Claim], now: datetime) -> Mapping[AssetField, str]:
    return {name: one.value for name, one in settle_all(claims, now).items() if one.value}


def _presence(line: RowMapping, now: datetime, started_at: datetime) -> Presence:
    if line["received_at"] is None:
        return Presence.UNKNOWN
    return presence(
        last_received_at=line["received_at"],
        report_interval_s=line["report_interval_s"],
        goodbye=Goodbye(line["goodbye"]),
        collector_started_at=started_at,
        now=now,
    )
