"""Keeps whose a device is, and at which site, on the lines that lists are sorted by.

What a person says may hold until a date. A line therefore has what a field is now, when it turns,
and what it is then: a list of any moment is right, and nobody has to write when the date comes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select, update

from sickbay_collector.core.asset import AssetField, Claim, course
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.db.asset_tables import asset_claim
from sickbay_collector.db.device_tables import device_state
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.people_tables import person
from sickbay_collector.db.records import columns
from sickbay_collector.services.device_rows import owner_key

_CLAIM = columns(asset_claim, Claim)
_OWNER, _SITE = AssetField.OWNER, AssetField.SITE
_SAID = (
    *("owner_key", "owner_key_then", "owner_turns_at"),
    *("site", "site_then", "site_turns_at"),
)
# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
_MANY = 10_000
_Id = TypeVar("_Id", bound=str)


def put_places(connection: Connection, device_ids: Iterable[DeviceId]) -> None:
    """Write on the lines of devices what their records say, where that is something else."""
    for ids in _parts(device_ids):
        _put(connection, ids)


def put_owners(connection: Connection, person_ids: Collection[PersonId]) -> None:
    """Write the names of persons on the lines of what they own, or will."""
    for ids in _parts(person_ids):
        owned = select(asset_claim.c.device_id).where(
            asset_claim.c.field == _OWNER, asset_claim.c.value.in_(ids)
        )
        put_places(connection, connection.execute(owned).scalars())


def _parts(ids: Iterable[_Id]) -> Iterator[Sequence[_Id]]:
    """Yield the ids in their order, so many as a statement takes."""
    ordered = sorted(set(ids))
    for begin in range(0, len(ordered), _MANY):
        yield ordered[begin : begin + _MANY]


def _put(connection: Connection, ids: Sequence[DeviceId]) -> None:
    claims = _claims(connection, ids)
    names = _names(connection, claims)
    present = select(device_line.c.device_id, *(device_line.c[name] for name in _SAID))
    changed = []
    for row in connection.execute(present.where(device_line.c.device_id.in_(ids))).mappings():
        said = _said(claims.get(row["device_id"], ()), names)
        if any(said[name] != row[name] for name in _SAID):
            changed.append({"of_device": row["device_id"], **_to(said)})
    if not changed:
        return
    # Reports lock their devices' states first, in this order: neither locks the other out.
    mine = device_state.c.device_id.in_([one["of_device"] for one in changed])
    states = select(device_state.c.device_id).where(mine).order_by(device_state.c.device_id)
    connection.execute(states.with_for_update(key_share=True))
    connection.execute(_PUT, changed)


def _claims(connection: Connection, ids: Sequence[DeviceId]) -> Mapping[DeviceId, Sequence[Claim]]:
    found: dict[DeviceId, list[Claim]] = {}
    said = select(asset_claim.c.device_id, *_CLAIM).where(
        asset_claim.c.device_id.in_(ids), asset_claim.c.field.in_((_OWNER, _SITE))
    )
    for row in connection.execute(said).mappings():
        claim = Claim(**{name: row[name] for name in Claim.__dataclass_fields__})
        found.setdefault(row["device_id"], []).append(claim)
    return found


def _names(
    connection: Connection, claims: Mapping[DeviceId, Sequence[Claim]]
) -> Mapping[PersonId, str]:
    """Return what owners are called; nobody renames them before this transaction ends."""
    said = (one for of_device in claims.values() for one in of_device)
    names: dict[PersonId, str] = {}
    for ids in _parts(PersonId(one.value) for one in said if one.field is _OWNER):
        known = select(person.c.person_id, person.c.name).where(person.c.person_id.in_(ids))
        held = known.order_by(person.c.person_id).with_for_update(read=True)
        names |= {row.person_id: row.name for row in connection.execute(held)}
    return names


def _said(claims: Sequence[Claim], names: Mapping[PersonId, str]) -> dict[str, object]:
    owner, site = course(_OWNER, claims), course(_SITE, claims)
    return {
        "owner_key": owner_key(owner.value, names.get(PersonId(owner.value), "")),
        "owner_key_then": owner_key(owner.then, names.get(PersonId(owner.then), "")),
        "owner_turns_at": owner.turns_at,
        "site": site.value,
        "site_then": site.then,
        "site_turns_at": site.turns_at,
    }


def _to(said: Mapping[str, object]) -> dict[str, object]:
    return {f"to_{name}": value for name, value in said.items()}


_PUT = (
    update(device_line)
    .where(device_line.c.device_id == bindparam("of_device"))
    .values({name: bindparam(f"to_{name}") for name in _SAID})
)
