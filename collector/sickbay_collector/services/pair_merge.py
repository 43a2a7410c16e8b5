"""Two records of one machine become one device: one goes on, the other ends and leads on to it.

All that belongs to the record that ends is the survivor's from then on: tickets, alerts, history,
inventory, asset record, tags. The record stays, retired and shut out, under its id, which is looked
up as the survivor. None of it can be undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.audit import change_event
from sickbay_collector.core.device import Criticality, Device, DeviceClass, DeviceStatus
from sickbay_collector.core.device_pair import Alias, Outlook, Standing, in_order, outlook
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.identity_words import HINDRANCES
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import DEVICE_TAGS
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset
from sickbay_collector.services.assets import AUDIT_KIND, asset_of, audited
from sickbay_collector.services.pair_tickets import Union, bring_tickets, end_alerts
from sickbay_collector.services.pairs import Deciding, checked_reason, hold_pair
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of two records that are one machine."""

    alias: Alias
    survivor: Device


def merge_devices(
    open_uow: OpenUnitOfWork, deciding: Deciding, *, goes_on: DeviceId | None = None
) -> Merged:
    """Make two records one device; doing it again changes nothing.

    Args:
        open_uow: Opens the unit of work.
        deciding: Who decides, about which, and why.
        goes_on: Which goes on as whoever decides saw it; None where nobody looked.

    Raises:
        NotFoundError: One of them is not there.
        ConflictError: They are one record, one ended before, something stands in the way, or
            another of the two goes on by now.
        InvalidError: There is no reason.
    """
    reason = checked_reason(deciding)
    with open_uow() as uow:
        devices = hold_pair(uow, deciding)
        known = merged_before(uow, deciding.one, deciding.other)
        if known is not None:
            return known
        union = _union(uow, devices, deciding.by, goes_on)
        alias = Alias(
            device_id=union.ended.device_id,
            hostname=union.ended.hostname,
            survivor=union.survivor.device_id,
            at=union.by.at,
            by=union.by.user,
            reason=reason,
        )
        survivor = _carry_out(uow, union, alias)
        uow.commit()
    return Merged(alias=alias, survivor=survivor)


def merged_before(uow: UnitOfWork, one: DeviceId, other: DeviceId) -> Merged | None:
    """Return what became of two records, one of which ended for the other; None for others."""
    for ended, survivor in ((one, other), (other, one)):
        alias = uow.pairs.alias(ended)
        device = uow.devices.get(survivor) if alias and alias.survivor == survivor else None
        if alias is not None and device is not None:
            return Merged(alias=alias, survivor=device)
    return None


def standing_of(
    device: Device, came: EnrollmentRecord | None, received_at: datetime | None
) -> Standing:
    """Return how a device of a pair stands."""
    return Standing(
        device_id=device.device_id,
        status=device.status,
        is_shut_out=device.revoked_at is not None,
        came_at=came.at if came else device.enrolled_at,
        received_at=received_at,
    )


def _union(uow: UnitOfWork, held: tuple[Device, Device], by: By, wanted: DeviceId | None) -> Union:
    """Return which of the two goes on."""
    devices = {one.device_id: one for one in held}
    for device in devices.values():
        if uow.pairs.alias(device.device_id) is not None:
            raise ConflictError(
                "%(device_id)s ended before: decide about what it goes on as",
                device_id=device.device_id,
            )
    came, states = uow.enrollments.of(devices), uow.states.load(devices)
    one, other = (
        standing_of(
            device,
            came.get(device_id),
            states[device_id].received_at if device_id in states else None,
        )
        for device_id, device in devices.items()
    )
    found = outlook(one, other, by.at)
    _require_way(found, devices, wanted)
    return Union(ended=devices[found.ends], survivor=devices[found.goes_on], by=by)


def _require_way(
    found: Outlook, devices: Mapping[DeviceId, Device], wanted: DeviceId | None
) -> None:
    ends = devices[found.ends].hostname
    if found.hindrance is not None:
        raise ConflictError(
            "%(device)s cannot end now: %(why)s", device=ends, why=HINDRANCES[found.hindrance]
        )
    if wanted not in {None, found.goes_on}:
        raise ConflictError(
            "by now it is %(device)s that would end; look at the pair again", device=ends
        )


def _carry_out(uow: UnitOfWork, union: Union, alias: Alias) -> Device:
    """Do all of it, in the order in which others take these rows; return the survivor."""
    ended, survivor = union.ended.device_id, union.survivor.device_id
    _end_state(uow, ended)
    _end_record(uow, union, alias)
    counts = {"alerts": end_alerts(uow, union), "tickets": bring_tickets(uow, union)}
    uow.pairs.hand_over(ended, survivor)
    uow.sections.join(ended, survivor, at=alias.at)
    uow.history.join(ended, survivor, at=alias.at)
    kept = _join_asset(uow, union)
    _join_tags(uow, union)
    _join_identity(uow, union)
    uow.pairs.put_alias(alias)
    said = {"reason": alias.reason} | {name: str(count) for name, count in counts.items() if count}
    names = {"device": union.survivor.hostname, "ended": f"{alias.hostname} ({ended})"}
    record(uow, union.by, "merged", Kept.IDENTITY, survivor, after={**names, **said})
    goes_on = {"device": alias.hostname, "goes_on_as": f"{kept.hostname} ({survivor})"}
    record(uow, union.by, "ended", Kept.IDENTITY, ended, after={**goes_on, **said})
    return kept


def _end_state(uow: UnitOfWork, ended: DeviceId) -> None:
    """Close the running hour. The version moves on, so whoever holds the state reads it anew."""
    state = uow.states.load([ended]).get(ended)
    if state is None:
        return
    over = replace(state, version=state.version + 1, frames=b"", open_alerts=0)
    if uow.states.save([over]):
        raise ConflictError("the record that would end reported just now; look at the pair again")
    if state.frames:
        uow.history.close_hour(ended, state.hour, state.frames)


def _end_record(uow: UnitOfWork, union: Union, alias: Alias) -> None:
    """Retire the record and shut it out, so that two agents never write one device."""
    ended, survivor = union.ended, union.survivor
    uow.devices.save(
        replace(
            ended,
            status=DeviceStatus.RETIRED,
            revoked_at=ended.revoked_at or alias.at,
            revoke_reason=ended.revoke_reason or f"goes on as {survivor.hostname}: {alias.reason}",
            possible_duplicate_of=None,
        )
    )


def _join_asset(uow: UnitOfWork, union: Union) -> Device:
    """Let the survivor's record say what it did not; return the survivor as it is then.

    What both say otherwise is the survivor's; the audit keeps what the other said.
    """
    ids = (union.ended.device_id, union.survivor.device_id)
    before = [asset_of(uow, one, now=union.by.at) for one in (union.ended, union.survivor)]
    stored = uow.assets.load(ids)
    theirs, mine = (stored.get(one, StoredAsset()) for one in ids)
    said = {(one.field, one.source) for one in mine.claims}
    put = tuple(one for one in theirs.claims if (one.field, one.source) not in said)
    gone = tuple((one.field, one.source) for one in theirs.claims)
    writes = [AssetWrite(device_id=ids[1], version=mine.version, put=put)] if put else []
    if gone:
        writes.append(AssetWrite(device_id=ids[0], version=theirs.version, withdraw=gone))
    if writes and not uow.assets.save_all(writes):
        raise ConflictError("an asset record was changed just now; look at the pair again")
    survivor = _classified(uow, union)
    for device, old in zip((union.ended, survivor), before, strict=True):
        new = asset_of(uow, device, now=union.by.at)
        if audited(old, union.by.at) != audited(new, union.by.at):
            uow.audit.add(
                change_event(
                    at=union.by.at,
                    actor=union.by.user,
                    object_kind=AUDIT_KIND,
                    object_id=device.device_id,
                    before=audited(old, union.by.at),
                    after=audited(new, union.by.at),
                )
            )
    return survivor


def _classified(uow: UnitOfWork, union: Union) -> Device:
    """Let the survivor be for what the other was, where nobody said so of it."""
    ended, survivor = union.ended, union.survivor
    after = survivor
    if after.device_class == DeviceClass.WORKSTATION:
        after = replace(after, device_class=ended.device_class)
    if after.criticality == Criticality.NORMAL:
        after = replace(after, criticality=ended.criticality)
    if after.possible_duplicate_of == ended.device_id:
        after = replace(after, possible_duplicate_of=None)
    if after != survivor:
        uow.devices.save(after)
    return after


def _join_tags(uow: UnitOfWork, union: Union) -> None:
    ended, survivor = union.ended.device_id, union.survivor.device_id
    tags = uow.tags.of([ended, survivor])
    theirs, mine = (tags.get(one, ()) for one in (ended, survivor))
    if len({*theirs, *mine}) > DEVICE_TAGS:
        raise ConflictError(
            "together they have more than %(limit)s tags; take some off one of them first",
            limit=DEVICE_TAGS,
        )
    if theirs:
        uow.tags.add(theirs, [survivor], at=union.by.at, by=union.by.user)
        uow.tags.remove(theirs, [ended])


def _join_identity(uow: UnitOfWork, union: Union) -> None:
    """Let nobody be taken for the record that ended; who was told apart from it stays so."""
    ended, survivor = union.ended.device_id, union.survivor.device_id
    uow.identity.put_clues(ended, ())
    for decision in uow.pairs.apart_of(ended):
        uow.pairs.drop_apart(decision.one, decision.other)
        stranger = decision.other if decision.one == ended else decision.one
        if stranger != survivor and uow.pairs.apart(stranger, survivor) is None:
            one, other = in_order(stranger, survivor)
            uow.pairs.put_apart(replace(decision, one=one, other=other))
