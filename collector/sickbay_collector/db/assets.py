"""Asset records: what is said about each field by whom, and maintenance by hand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.parts import Cost
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.repair import Repair, of_cost
from sickbay_collector.db.asset_tables import asset, asset_claim, asset_repair
from sickbay_collector.db.device_tables import device, section_content, section_version
from sickbay_collector.db.line_places import put_places
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.sections import unpack_content
from sickbay_collector.db.ticket_part_tables import ticket_cost
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset

_CLAIM = columns(asset_claim, Claim)
_REPAIR = columns(asset_repair, Repair, without={"ticket"})
_COST = columns(ticket_cost, Cost)
_KEY = ("device_id", "field", "source")


class SqlAssetStore:
    """Implements `AssetStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, StoredAsset]:
        """Return what is written about these devices, all of them for None."""
        both = asset.outerjoin(asset_claim, asset_claim.c.device_id == asset.c.device_id)
        statement = select(asset.c.device_id, asset.c.version, *_CLAIM).select_from(both)
        if device_ids is not None:
            statement = statement.where(asset.c.device_id.in_(device_ids))
        versions: dict[DeviceId, int] = {}
        claims: dict[DeviceId, list[Claim]] = {}
        said = statement.order_by(asset_claim.c.field, asset_claim.c.source)
        for row in self._connection.execute(said).mappings():
            device_id = row["device_id"]
            versions[device_id] = row["version"]
            if row["field"] is not None:
                fields = {name: row[name] for name in Claim.__dataclass_fields__}
                claims.setdefault(device_id, []).append(Claim(**fields))
        return {
            device_id: StoredAsset(version=version, claims=tuple(claims.get(device_id, ())))
            for device_id, version in versions.items()
        }

    def save_all(self, writes: Sequence[AssetWrite]) -> bool:
        """Write; False if one of the records has another version, nothing is to be kept then."""
        new = [{"device_id": one.device_id, "version": 1} for one in writes if not one.version]
        old = [
            {"of_device": one.device_id, "of_version": one.version, "to_version": one.version + 1}
            for one in writes
            if one.version
        ]
        if not self._begin(new) or not self._go_on(old):
            return False
        gone = [
            {"of_device": one.device_id, "of_field": field, "of_source": source}
            for one in writes
            for field, source in one.withdraw
        ]
        if gone:
            self._connection.execute(_WITHDRAW, gone)
        rows = [values(claim) | {"device_id": one.device_id} for one in writes for claim in one.put]
        if rows:
            insertion = insert_into(self._connection, asset_claim)
            said = {name: insertion.excluded[name] for name in ("value", "at", "by", "until")}
            self._connection.execute(
                insertion.on_conflict_do_update(index_elements=_KEY, set_=said), rows
            )
        put_places(self._connection, [one.device_id for one in writes])
        return True

    def system_facts(self) -> Mapping[DeviceId, tuple[Row, datetime]]:
        """Return the facts of every device's present section "system", and since when."""
        present = and_(section_version.c.kind == "system", section_version.c.until.is_(None))
        statement = select(
            section_version.c.device_id, section_version.c.since, section_content.c.content
        ).join_from(
            section_version, section_content, section_content.c.hash == section_version.c.hash
        )
        return {
            row.device_id: (unpack_content("system", row.content).facts, row.since)
            for row in self._connection.execute(statement.where(present))
        }

    def owned_by(self, person_id: PersonId, *, now: datetime) -> Sequence[DeviceId]:
        """Return the devices whose owner this person is, by id."""
        owned = settled(AssetField.OWNER, [person_id], now).subquery()
        statement = select(device.c.device_id).where(device.c.device_id.in_(select(owned)))
        found = self._connection.execute(statement.order_by(device.c.device_id))
        return [DeviceId(one) for one in found.scalars()]

    def add_repair(self, repair: Repair) -> None:
        """Store a repair.

        Raises:
            ConflictError: The device is unknown (raised by the unit of work).
        """
        row = values(repair)
        del row["ticket"]
        self._connection.execute(insert(asset_repair).values(row))

    def drop_repair(self, device_id: DeviceId, repair_id: str) -> Repair | None:
        """Take a repair off and return it; None where there was none."""
        gone = (
            delete(asset_repair)
            .where(asset_repair.c.repair_id == repair_id, asset_repair.c.device_id == device_id)
            .returning(*_REPAIR)
        )
        row = self._connection.execute(gone).mappings().first()
        return None if row is None else build(Repair, row)

    def repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        """Return what was written down by hand, newest first."""
        statement = select(*_REPAIR).where(asset_repair.c.device_id == device_id)
        newest = statement.order_by(asset_repair.c.at.desc(), asset_repair.c.repair_id.desc())
        return [build(Repair, row) for row in self._connection.execute(newest).mappings()]

    def ticket_repairs(self, device_id: DeviceId) -> Sequence[Repair]:
        """Return what was spent on the device's tickets, newest first."""
        statement = (
            select(*_COST, ticket.c.number)
            .join_from(ticket_cost, ticket, ticket.c.ticket_id == ticket_cost.c.ticket_id)
            .where(ticket.c.device_id == device_id)
            .order_by(ticket_cost.c.at.desc(), ticket_cost.c.cost_id.desc())
        )
        found = self._connection.execute(statement).mappings()
        return [
            of_cost(
                Cost(**{name: row[name] for name in Cost.__dataclass_fields__}),
                device_id=device_id,
                number=row["number"],
            )
            for row in found
        ]

    def _begin(self, rows: Sequence[Mapping[str, object]]) -> bool:
        """Store records that nobody wrote before; False if somebody did meanwhile."""
        if not rows:
            return True
        ids = [row["device_id"] for row in rows]
        statement = select(func.count()).where(asset.c.device_id.in_(ids))
        if self._connection.execute(statement).scalar():
            return False
        # Two at once: the second fails at the key.
        self._connection.execute(insert(asset), list(rows))
        return True

    def _go_on(self, rows: Sequence[Mapping[str, object]]) -> bool:
        """Write records' next versions; False if one of them has another by now."""
        if not rows:
            return True
        return self._connection.execute(_NEXT_VERSION, list(rows)).rowcount == len(rows)


_NEXT_VERSION = (
    update(asset)
    .where(asset.c.device_id == bindparam("of_device"), asset.c.version == bindparam("of_version"))
    .values(version=bindparam("to_version"))
)
_WITHDRAW = delete(asset_claim).where(
    asset_claim.c.device_id == bindparam("of_device"),
    asset_claim.c.field == bindparam("of_field"),
    asset_claim.c.source == bindparam("of_source"),
)


def is_settled(
    device_id: ColumnElement[str], field: AssetField, value: str, now: datetime
) -> ColumnElement[bool]:
    """Return the condition that a device's field is this value, as `core.asset.settle` has it.

    Only of fields that no device says itself.

    Args:
        device_id: The column of the device.
        field: Which.
        value: Not "".
        now: The present time.
    """
    return device_id.in_(settled(field, [value], now))


def settled(field: AssetField, values: Collection[str], now: datetime) -> Select[tuple[str]]:
    """Return the query for the devices whose field is one of these values.

    Args:
        field: One that no device says itself.
        values: Not "".
        now: The present time.
    """
    said = asset_claim.alias()
    return select(said.c.device_id).where(*_counts(said, field, values, now))


def _counts(
    said: FromClause, field: AssetField, values: Collection[str], now: datetime
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a claim says one of these of the field, and counts."""
    better = asset_claim.alias()
    of_better = and_(better.c.device_id == said.c.device_id, better.c.field == said.c.field)
    is_outdone = exists().where(of_better, _rank(better, now) < _rank(said, now))
    return (said.c.field == field, said.c.value.in_(values), ~is_outdone)


def _rank(claim: FromClause, now: datetime) -> ColumnElement[int]:
    is_over = and_(claim.c.until.is_not(None), claim.c.until <= now)
    return case((is_over, 2), (claim.c.source == Source.MANUAL, 0), else_=1)
