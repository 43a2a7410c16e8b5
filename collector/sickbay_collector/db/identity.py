"""By which values devices are found again, and what each was taken for."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    union,
)

from sickbay_collector.core.identity import IdentityRecord, Judgement, Objection
from sickbay_collector.core.identity_clues import Clue, ClueKind
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.identity_tables import device_clue as table
from sickbay_collector.db.identity_tables import identity_verdict as verdicts
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.pair_tables import device_apart
from sickbay_collector.db.records import insert_into
from sickbay_collector.services.counts import GONE

# The first of the two numbers of an advisory lock: what is held is a value of the hardware.
_CLUE_LOCKS = 46


class SqlIdentityStore:
    """Implements `IdentityStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_clues(self, device_id: DeviceId, clues: Collection[Clue]) -> None:
        """Keep the values of a device, in place of those that it had."""
        self._connection.execute(delete(table).where(table.c.device_id == device_id))
        if clues:
            self._connection.execute(
                insert(table),
                [{"device_id": device_id, "kind": one.kind, "value": one.value} for one in clues],
            )

    def hold(self, clues: Collection[Clue]) -> None:
        """Let nobody else who has one of the values come in until the transaction ends.

        On SQLite a transaction that writes is alone anyway.
        """
        if self._connection.dialect.name == SQLITE:
            return
        # In one order, so that nobody waits in a circle; two values of one number share a lock.
        for number in sorted({_number(one) for one in clues}):
            held = select(func.pg_advisory_xact_lock(_CLUE_LOCKS, number))
            self._connection.execute(held)

    def shared(self, clues: Collection[Clue], *, by: int, since: datetime) -> Collection[Clue]:
        """Return those of the values that tell no device from another.

        So many devices in service that reported since then have it, or two have that somebody told
        apart.
        """
        if not clues:
            return ()
        many = (
            select(table.c.kind, table.c.value)
            .join(device_line, device_line.c.device_id == table.c.device_id)
            .where(_any(clues), device_line.c.status.not_in(GONE))
            .where(device_line.c.received_at >= since)
            .group_by(table.c.kind, table.c.value)
            .having(func.count() >= by)
        )
        shared: CompoundSelect[tuple[ClueKind, str]] = union(many, _of_two_apart(clues))
        return {Clue(row.kind, row.value) for row in self._connection.execute(shared)}

    def holders(self, clues: Collection[Clue], *, limit: int) -> Sequence[DeviceId]:
        """Return devices that have one of the values: of each value the last so many enrolled.

        A value that thousands have must not hide the few that share a rare one.
        """
        found: set[DeviceId] = set()
        for one in clues:
            mine = select(table.c.device_id).where(_any([one]))
            last = mine.order_by(table.c.device_id.desc()).limit(limit)
            found.update(map(DeviceId, self._connection.scalars(last)))
        return sorted(found, reverse=True)

    def put(self, record: IdentityRecord) -> None:
        """Keep what a device was taken for, in place of the last time."""
        judged = record.judgement
        said = {
            "at": record.at,
            "verdict": judged.verdict,
            "points": judged.points,
            "other": judged.other,
            "objections": tuple(one.value for one in judged.objections),
            "findings": judged.findings,
        }
        insertion = insert_into(self._connection, verdicts)
        self._connection.execute(
            insertion.values(device_id=record.device_id, **said).on_conflict_do_update(
                index_elements=["device_id"], set_=said
            )
        )

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, IdentityRecord]:
        """Return what these devices were taken for, those of which it is known."""
        statement = select(verdicts).where(verdicts.c.device_id.in_(device_ids))
        rows = self._connection.execute(statement).mappings()
        return {row["device_id"]: _record(row) for row in rows}


def _number(clue: Clue) -> int:
    """Return the number of a value's lock: PostgreSQL takes two signed ones of 32 bits."""
    return zlib.crc32(f"{clue.kind} {clue.value}".encode()) - (1 << 31)


def _any(clues: Collection[Clue]) -> ColumnElement[bool]:
    return or_(*(and_(table.c.value == one.value, table.c.kind == one.kind) for one in clues))


def _of_two_apart(clues: Collection[Clue]) -> Select[tuple[ClueKind, str]]:
    """Return the query for values that both of a pair have that somebody told apart."""
    other = table.alias()
    is_alike = and_(
        other.c.device_id == device_apart.c.other,
        other.c.value == table.c.value,
        other.c.kind == table.c.kind,
    )
    return (
        select(table.c.kind, table.c.value)
        .join_from(table, device_apart, device_apart.c.one == table.c.device_id)
        .join(other, is_alike)
        .where(_any(clues))
    )


def _record(row: RowMapping) -> IdentityRecord:
    return IdentityRecord(
        device_id=row["device_id"],
        at=row["at"],
        judgement=Judgement(
            verdict=row["verdict"],
            points=row["points"],
            other=row["other"],
            objections=tuple(map(Objection, row["objections"])),
            findings=row["findings"],
        ),
    )
