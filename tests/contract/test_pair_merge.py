"""Two records of one machine become one device, with all that either had."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.access.scope import Reach, scope_of
from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.device import Criticality, DeviceClass, DeviceStatus
from sickbay_collector.core.device_pair import Apart
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.identity import IdentityRecord, Judgement, Verdict
from sickbay_collector.core.identity_clues import Clue, ClueKind
from sickbay_collector.core.ids import AlertId, DeviceId, PersonId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.person import Person
from sickbay_collector.core.tag import DEVICE_TAGS
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.pair_merge import Merged, merge_devices
from sickbay_collector.services.pairs import Deciding
from tests.contract.conftest import Stores
from tests.contract.records import (
    NOW,
    ONE,
    TWO,
    a_device,
    a_state,
    a_ticket,
    an_alert,
)
from tests.contract.test_assets import REPAIR, owner
from tests.contract.test_quiet import a_mute

THREE = DeviceId("0195a000-0000-7000-8000-000000000003")
SERIAL = Clue(ClueKind.SERIAL, "pf-3xk1p2")
AGO = timedelta(days=30)
CPU = "cpu.busy_ratio"
HOUR = int(NOW.timestamp()) // 3600


def deciding(one: DeviceId = ONE, other: DeviceId = TWO, reason: str = "reinstalled") -> Deciding:
    return Deciding(one=one, other=other, reason=reason, by=By(at=NOW, user="ann"))


def merge(stores: Stores, one: DeviceId = ONE, other: DeviceId = TWO) -> Merged:
    return merge_devices(stores.open, deciding(one, other))


@pytest.fixture
def pair(stores: Stores) -> Stores:
    """ONE is silent for a month, when TWO came in, which may be ONE."""
    _fill(stores)
    return stores


def _fill(stores: Stores) -> None:
    with stores.open() as uow:
        uow.devices.add(a_device(ONE, hostname="Old-1", enrolled_at=NOW - 2 * AGO))
        uow.devices.add(
            a_device(
                TWO,
                hostname="new-1",
                enroll_nonce="n-2",
                enrolled_at=NOW - AGO,
                possible_duplicate_of=ONE,
                device_class=DeviceClass.WORKSTATION,
                criticality=Criticality.NORMAL,
            )
        )
        uow.states.save([_state(ONE, NOW - AGO), _state(TWO, NOW)])
        uow.commit()


def _state(device_id: DeviceId, at: datetime) -> StoredState:
    writer = FrameWriter(hour=int(at.timestamp()) // 3600)
    writer.append(at, {CPU: {"": 0.25 if device_id == ONE else 0.75}})
    return a_state(device_id, received_at=at, hour=writer.hour, frames=writer.frames)


def tickets_of(stores: Stores, device_id: DeviceId) -> Sequence[Ticket]:
    with stores.read() as uow:
        return uow.tickets.list(device_id=device_id)


def test_the_record_that_is_silent_ends(pair: Stores) -> None:
    """Retired and shut out under its id, which leads on, as its host name does."""
    done = merge(pair)

    assert (done.alias.device_id, done.survivor.device_id) == (ONE, TWO)
    with pair.read() as uow:
        ended, kept = uow.devices.get(ONE), uow.devices.get(TWO)
        assert ended is not None
        assert (ended.status, ended.revoked_at) == (DeviceStatus.RETIRED, NOW)
        assert ended.revoke_reason == "goes on as new-1: reinstalled"
        assert kept is not None
        assert (kept.possible_duplicate_of, kept.revoked_at) == (None, None)
        for name in (ONE, "old-1", "OLD-1", TWO, "new-1", "new"):
            assert find_device(uow, name) == kept
        assert uow.pairs.aliases_of(TWO) == [done.alias]
        assert list(uow.devices.twins(limit=9)) == []


def test_one_host_name_is_one_device_again(pair: Stores) -> None:
    with pair.open() as uow:
        new = uow.devices.get(TWO)
        assert new is not None
        uow.devices.save(replace(new, hostname="old-1"))
        uow.commit()
    with pair.read() as uow, pytest.raises(ConflictError, match="2 devices are called"):
        find_device(uow, "old-1")
    merge(pair)

    with pair.read() as uow:
        assert find_device(uow, "old-1").device_id == TWO
        with pytest.raises(NotFoundError):
            find_device(uow, "older")


def test_it_is_done_once(pair: Stores) -> None:
    """Whoever is named first, and with whatever reason."""
    done = merge(pair)

    assert merge(pair, TWO, ONE) == merge(pair) == done
    with pair.read() as uow:
        found = uow.audit.walk(AuditFilter(object_kind="identity"), limit=9)
    assert [(one.event.action, one.event.object_id) for one in found] == [
        ("merged", TWO),
        ("ended", ONE),
    ]
    assert {one.event.after["reason"] for one in found} == {"reinstalled"}


def test_who_ended_leads_on_to_whom_its_survivor_became(pair: Stores) -> None:
    """Nobody becomes what ended before, so that none leads in a circle."""
    merge(pair)
    with pair.open() as uow:
        uow.devices.add(a_device(THREE, hostname="newest", enroll_nonce="n-3"))
        uow.states.save([a_state(THREE, received_at=NOW + AGO)])
        uow.commit()
    later = Deciding(one=TWO, other=THREE, reason="so", by=By(at=NOW + AGO, user="bo"))
    with pytest.raises(ConflictError, match="ended before"):
        merge_devices(pair.open, replace(later, one=ONE))
    merge_devices(pair.open, later)

    with pair.read() as uow:
        assert {find_device(uow, one).device_id for one in (ONE, TWO, "old-1")} == {THREE}
        assert [one.device_id for one in uow.pairs.aliases_of(THREE)] == [TWO, ONE]
        assert list(uow.pairs.aliases_of(TWO)) == []


@pytest.mark.parametrize(
    ("fields", "heard", "said"),
    [
        pytest.param({}, timedelta(minutes=59), "two agents run", id="both report"),
        pytest.param({"status": DeviceStatus.PENDING}, AGO, "waits for approval", id="waits"),
    ],
)
def test_what_stands_in_the_way_is_said(
    pair: Stores, fields: dict[str, object], heard: timedelta, said: str
) -> None:
    with pair.open() as uow:
        old = uow.devices.get(ONE)
        assert old is not None
        uow.devices.save(replace(old, **fields))  # type: ignore[arg-type]
        (state,) = uow.states.load([ONE]).values()
        uow.states.save([replace(state, version=2, received_at=NOW - heard)])
        uow.commit()

    with pytest.raises(ConflictError, match=said):
        merge(pair)
    with pair.read() as uow:
        assert uow.pairs.alias(ONE) is None


def test_another_goes_on_than_somebody_saw(pair: Stores) -> None:
    with pytest.raises(ConflictError, match="by now it is Old-1 that would end"):
        merge_devices(pair.open, deciding(), goes_on=ONE)


def test_tickets_and_alerts_are_the_survivors(pair: Stores) -> None:
    """Open ones go on; alerts of a record of which nothing is measured any more are over."""
    with pair.open() as uow:
        mine = uow.tickets.insert_open(a_ticket("001", family="disk.space"))
        asked = uow.tickets.insert_open(a_ticket("002", family=None))
        over = uow.tickets.insert_open(a_ticket("003", family="x", status=TicketStatus.CLOSED))
        assert mine is not None
        assert asked is not None
        assert over is not None
        uow.alerts.add(an_alert(ticket_id=mine.ticket_id))
        uow.alerts.add(an_alert("a002", suppressed_reason="silence 1", instance="C:"))
        uow.quiet.mute(a_mute(alert_id=AlertId(an_alert("a002").alert_id)))
        uow.alerts.add(an_alert("a003", status="closed", closed_at=NOW - AGO))
        uow.commit()
    merge(pair)

    with pair.open() as uow:
        assert uow.quiet.muted(an_alert("a002").alert_id) is None
    assert tickets_of(pair, ONE) == []
    found = {one.ticket_id: one for one in tickets_of(pair, TWO)}
    assert {found[one.ticket_id].status for one in (mine, asked)} == {TicketStatus.NEW}
    assert found[over.ticket_id].version == over.version
    with pair.read() as uow:
        alerts = uow.alerts.of_device(TWO, limit=9)
        assert list(uow.alerts.of_device(ONE, limit=9)) == []
        assert list(uow.alerts.open_of(TWO)) == []
        assert sorted((one.status, one.closed_at) for one in alerts) == [
            ("closed", NOW - AGO),
            ("closed", NOW),
            ("closed", NOW),
        ]
        (entry,) = uow.tickets.worklog(mine.ticket_id)
        assert (entry.actor, entry.after["device_id"]) == ("ann", TWO)
        assert "Old-1 is one machine with new-1" in entry.text


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        pytest.param("new", "new", ("cancelled", "new"), id="both open: merged"),
        pytest.param("resolved", "new", ("closed", "new"), id="the old one is done"),
        pytest.param("new", "resolved", ("new", "closed"), id="the new one is done"),
        pytest.param("resolved", "resolved", ("closed", "resolved"), id="both are done"),
    ],
)
def test_of_two_open_tickets_of_a_family_one_goes_on(
    pair: Stores, old: str, new: str, after: tuple[str, str]
) -> None:
    with pair.open() as uow:
        for name, device_id, status in (("001", ONE, old), ("002", TWO, new)):
            resolved_at = NOW - AGO if status == "resolved" else None
            ticket = a_ticket(
                name,
                device_id=device_id,
                status=TicketStatus(status),
                resolved_at=resolved_at,
                resolution="done" if resolved_at else "",
            )
            assert uow.tickets.insert_open(ticket) is not None
        uow.commit()
    merge(pair)

    mine, theirs = sorted(tickets_of(pair, TWO), key=lambda one: one.number)
    assert (mine.status, theirs.status) == after
    assert (mine.merged_into == theirs.ticket_id) == (after[0] == "cancelled")


def test_what_is_said_of_either_is_said_of_the_survivor(pair: Stores) -> None:
    """Where both say something the survivor's counts, and the audit keeps the other."""
    with pair.open() as uow:
        for person in ("ann", "bob"):
            uow.people.add(Person(person_id=PersonId(person), name=person))
        site = replace(owner("berlin"), field=AssetField.SITE)
        uow.assets.save_all(
            [
                AssetWrite(device_id=ONE, version=0, put=(owner("ann"), site)),
                AssetWrite(device_id=TWO, version=0, put=(owner("bob"),)),
            ]
        )
        uow.assets.add_repair(REPAIR)
        uow.tags.add(["lab", "vip"], [ONE], at=NOW, by="bo")
        uow.tags.add(["lab"], [TWO], at=NOW, by="bo")
        uow.commit()
    survivor = merge(pair).survivor

    with pair.read() as uow:
        records = uow.assets.load([ONE, TWO])
        assert records[ONE].claims == ()
        said = {(one.field, one.source): one.value for one in records[TWO].claims}
        assert said == {
            (AssetField.OWNER, Source.MANUAL): "bob",
            (AssetField.SITE, Source.MANUAL): "berlin",
        }
        assert uow.assets.owned_by(PersonId("ann"), now=NOW) == []
        assert uow.tags.of([ONE, TWO]) == {TWO: ("lab", "vip")}
        assert [one.repair_id for one in uow.assets.repairs(TWO)] == [REPAIR.repair_id]
        audited = uow.audit.walk(AuditFilter(object_kind="asset"), limit=9)
    assert {one.event.before.get("owner") for one in audited} == {"ann (manual)", None}
    assert (survivor.device_class, survivor.criticality) == (DeviceClass.LAPTOP, Criticality.HIGH)


def test_more_tags_than_a_device_may_have_are_refused(pair: Stores) -> None:
    with pair.open() as uow:
        uow.tags.add([f"t-{one}" for one in range(DEVICE_TAGS)], [ONE], at=NOW, by="bo")
        uow.tags.add(["lab"], [TWO], at=NOW, by="bo")
        uow.commit()

    with pytest.raises(ConflictError, match=f"more than {DEVICE_TAGS} tags"):
        merge(pair)


def test_inventory_and_readings_are_one_history(pair: Stores) -> None:
    with pair.open() as uow:
        for content in (b"a", b"b"):
            uow.sections.put(content * 32, SectionContent(kind="os", facts={}, rows={}))
        uow.sections.attach(ONE, "os", b"a" * 32, at=NOW - 2 * AGO)
        uow.sections.attach(TWO, "os", b"b" * 32, at=NOW - AGO)
        uow.commit()
    merge(pair)

    with pair.read() as uow:
        chain = [(one.hash[:1], one.since, one.until) for one in uow.sections.versions(TWO)]
        assert chain == [(b"a", NOW - 2 * AGO, NOW - AGO), (b"b", NOW - AGO, None)]
        assert list(uow.sections.versions(ONE)) == []
        stretch = {"since": NOW - 2 * AGO, "until": NOW + AGO}
        (series,) = uow.history.read(TWO, [CPU], **stretch)
        assert [value for _, value in series.points] == [0.25, 0.75]
        for resolution in (Resolution.HOUR, Resolution.DAY):
            (rolled,) = uow.history.read_rollups(TWO, [CPU], resolution, **stretch)
            assert [point.mean for point in rolled.points] == [0.25, 0.75]
            assert list(uow.history.read_rollups(ONE, [CPU], resolution, **stretch)) == []


def test_hours_of_which_both_have_readings_are_joined(engine: Engine) -> None:
    """Whether they were rolled up or not, and rolled up again after it."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    _fill(stores)
    day = HOUR // 24
    start = NOW.replace(minute=0, second=0, microsecond=0)
    with stores.open() as uow:
        for device_id, minute, value in ((ONE, 1, 0.25), (ONE, 3, 0.5), (TWO, 2, 0.75)):
            writer = FrameWriter(hour=HOUR)
            writer.append(start + timedelta(minutes=minute), {CPU: {"": value}})
            uow.history.close_hour(device_id, HOUR, writer.frames)
            if minute == 1:
                uow.history.roll_up(ONE, day)
        uow.commit()
    merge(stores)

    for rolls in (False, True):
        with stores.open() as uow:
            if rolls:
                uow.history.roll_up(TWO, day)
                uow.commit()
        with stores.read() as uow:
            stretch = {"since": start, "until": start + timedelta(minutes=9)}
            (series,) = uow.history.read(TWO, [CPU], **stretch)
            assert [value for _, value in series.points] == [0.25, 0.75, 0.5]
            (rolled,) = uow.history.read_rollups(TWO, [CPU], Resolution.HOUR, **stretch)
            assert rolled.points[0].count >= 3


def test_who_may_be_the_record_that_ended_may_be_the_survivor(pair: Stores) -> None:
    """And who was told apart from it is from the survivor; it is found by its values no more."""
    with pair.open() as uow:
        uow.devices.add(a_device(THREE, enroll_nonce="n-3", possible_duplicate_of=ONE))
        for device_id in (ONE, TWO, THREE):
            uow.identity.put_clues(device_id, [SERIAL])
        for device_id in (TWO, THREE):
            judged = Judgement(verdict=Verdict.POSSIBLE, other=ONE)
            uow.identity.put(IdentityRecord(device_id=device_id, at=NOW, judgement=judged))
        for other in (TWO, THREE):
            uow.pairs.put_apart(Apart(one=ONE, other=other, at=NOW, by="bo", reason="so"))
        uow.commit()
    merge(pair)

    with pair.read() as uow:
        third = uow.devices.get(THREE)
        assert third is not None
        assert third.possible_duplicate_of == TWO
        others = {one: kept.judgement.other for one, kept in uow.identity.of([TWO, THREE]).items()}
        assert others == {TWO: None, THREE: TWO}
        assert uow.identity.holders([SERIAL], limit=9) == [THREE, TWO]
        (apart,) = uow.pairs.apart_of(TWO)
        assert (apart.one, apart.other, apart.by) == (TWO, THREE, "bo")
        assert list(uow.pairs.apart_of(ONE)) == []


def test_a_report_on_its_way_is_not_written_to_the_record_that_ended(pair: Stores) -> None:
    """Whoever holds its state in memory finds that it is behind."""
    with pair.read() as uow:
        (held,) = uow.states.load([ONE]).values()
    merge(pair)

    with pair.open() as uow:
        assert uow.states.save([replace(held, version=held.version + 1)]) == [ONE]
        (state,) = uow.states.load([ONE]).values()
    assert (state.frames, state.open_alerts) == (b"", 0)


def test_several_who_decide_at_once_do_it_once(pair: Stores) -> None:
    together = Barrier(2)

    def decide(names: tuple[DeviceId, DeviceId]) -> Merged:
        together.wait(timeout=60)
        return merge(pair, *names)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(decide, [(ONE, TWO), (TWO, ONE)])
    assert one == other
    with pair.read() as uow:
        assert len(uow.audit.walk(AuditFilter(object_kind="identity"), limit=9)) == 2


def test_an_old_id_leads_on_for_whoever_sees_the_survivor(engine: Engine) -> None:
    """The record that ended is at no site any more; others find nothing by its id or name."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    _fill(stores)
    with stores.open() as uow:
        for device_id, site in ((ONE, "bern"), (TWO, "berlin")):
            place = replace(owner(site), field=AssetField.SITE)
            uow.assets.save_all([AssetWrite(device_id=device_id, version=0, put=(place,))])
        uow.commit()
    merge(stores)

    for name in (ONE, "old-1"):
        with stores.read(reach=Reach(scope=scope_of(sites=["berlin"]), at=NOW)) as uow:
            assert find_device(uow, name).device_id == TWO
        with (
            stores.read(reach=Reach(scope=scope_of(sites=["bern"]), at=NOW)) as uow,
            pytest.raises(NotFoundError),
        ):
            find_device(uow, name)
