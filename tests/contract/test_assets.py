"""Asset records are kept by field and source, and written only over the version that was read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sickbay_collector.core.asset import AssetField, Claim, Source
from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.repair import Repair, RepairKind
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_device, a_ticket, add_devices
from tests.contract.test_ticket_parts import a_cost

ANN, BOB = PersonId("person-ann"), PersonId("person-bob")
LATER = NOW + timedelta(days=1)
REPAIR = Repair(
    repair_id="repair-1",
    device_id=ONE,
    at=NOW,
    kind=RepairKind.PART,
    text="new fan",
    supplier="",
    cents=1999,
    currency="EUR",
    by="bo",
)


def owner(person: str, source: Source = Source.MANUAL, *, until: datetime | None = None) -> Claim:
    return Claim(field=AssetField.OWNER, source=source, value=person, at=NOW, by="bo", until=until)


def put(stores: Stores, *claims: Claim, version: int = 0) -> bool:
    with stores.open() as uow:
        write = AssetWrite(device_id=ONE, version=version, put=claims)
        done = uow.assets.save_all([write])
        if done:
            uow.commit()
        return done


def test_claims_come_back_by_field_and_source(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    tag = replace(owner("T-1", Source.IMPORTED), field=AssetField.ASSET_TAG)
    mine, file = owner(ANN, until=LATER), owner(BOB, Source.IMPORTED)

    assert put(stores, mine, file, tag)
    with stores.read() as uow:
        expected = {ONE: StoredAsset(version=1, claims=(tag, file, mine))}
        assert uow.assets.load() == expected
        assert uow.assets.load([ONE]) == expected
        assert uow.assets.load([TWO]) == {}


def test_claim_is_written_over_and_withdrawn(stores: Stores) -> None:
    add_devices(stores, ONE)
    put(stores, owner(ANN), owner(BOB, Source.IMPORTED))
    with stores.open() as uow:
        assert uow.assets.save_all(
            [
                AssetWrite(
                    device_id=ONE,
                    version=1,
                    put=(owner(BOB),),
                    withdraw=((AssetField.OWNER, Source.IMPORTED),),
                )
            ]
        )
        uow.commit()

    with stores.read() as uow:
        assert uow.assets.load() == {ONE: StoredAsset(version=2, claims=(owner(BOB),))}


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(stores: Stores, version: int) -> None:
    add_devices(stores, ONE)

    assert put(stores, owner(ANN))
    assert not put(stores, owner(BOB), version=version)


def test_device_must_be_there(stores: Stores) -> None:
    def write(uow: UnitOfWork) -> None:
        uow.assets.save_all([AssetWrite(device_id=ONE, version=0)])
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        write(uow)


def test_nothing_to_write_is_written(stores: Stores) -> None:
    with stores.open() as uow:
        assert uow.assets.save_all([])


@pytest.mark.parametrize(
    ("claims", "person"),
    [
        pytest.param((owner(ANN),), ANN, id="by hand"),
        pytest.param((owner(BOB, Source.IMPORTED),), BOB, id="by a file"),
        pytest.param((owner(ANN), owner(BOB, Source.IMPORTED)), ANN, id="hand before file"),
        pytest.param(
            (owner(ANN, until=LATER), owner(BOB, Source.IMPORTED)), ANN, id="until its date"
        ),
        pytest.param((owner(ANN, until=NOW), owner(BOB, Source.IMPORTED)), BOB, id="after it"),
        pytest.param((owner(ANN, until=NOW),), ANN, id="after it, nobody else"),
        pytest.param((owner(""), owner(BOB, Source.IMPORTED)), None, id="nobody's by hand"),
    ],
)
def test_devices_of_a_person_are_those_settled_so(
    stores: Stores, claims: tuple[Claim, ...], person: PersonId | None
) -> None:
    add_devices(stores, ONE, TWO)
    put(stores, *claims)

    with stores.read() as uow:
        found = {one: uow.assets.owned_by(one, now=NOW) for one in (ANN, BOB)}
    assert {one for one, devices in found.items() if devices == [ONE]} == {person} - {None}
    assert [] in found.values()


def test_facts_are_those_of_the_present_section(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        for number, kind in enumerate(("system", "system", "os")):
            content = SectionContent(kind=kind, facts={"model": f"M{number}"}, rows={})
            uow.sections.put(bytes([number]), content)
            uow.sections.attach(ONE, kind, bytes([number]), at=NOW + timedelta(days=number))
        uow.commit()

    with stores.read() as uow:
        assert uow.assets.system_facts() == {ONE: ({"model": "M1"}, LATER)}


def test_repairs_are_kept_newest_first(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    old = replace(REPAIR, repair_id="repair-2", at=NOW - timedelta(days=9), cents=None, currency="")
    with stores.open() as uow:
        uow.assets.add_repair(old)
        uow.assets.add_repair(REPAIR)
        uow.commit()
    with stores.open() as uow:
        assert uow.assets.repairs(ONE) == [REPAIR, old]
        assert uow.assets.repairs(TWO) == []
        assert uow.assets.drop_repair(TWO, "repair-1") is None
        assert uow.assets.drop_repair(ONE, "repair-1") == REPAIR
        assert uow.assets.drop_repair(ONE, "repair-1") is None
        uow.commit()

    with stores.read() as uow:
        assert uow.assets.repairs(ONE) == [old]


def test_what_tickets_took_is_in_their_devices_history(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        ticket = uow.tickets.insert_open(a_ticket())
        assert ticket is not None
        part = a_cost(ticket)
        work = replace(
            part, cost_id="c-2", kind=CostKind.TIME, quantity=30, at=part.at + timedelta(hours=1)
        )
        uow.ticket_parts.add_cost(part)
        uow.ticket_parts.add_cost(work)
        uow.commit()

    with stores.read() as uow:
        found = uow.assets.ticket_repairs(ONE)
        assert uow.assets.ticket_repairs(TWO) == []
    assert [(one.repair_id, one.kind, one.cents, one.ticket) for one in found] == [
        ("c-2", RepairKind.REPAIR, work.amount_cents, ticket.number),
        ("c-1", RepairKind.PART, part.amount_cents, ticket.number),
    ]


def test_repair_needs_its_device(stores: Stores) -> None:
    def write(uow: UnitOfWork) -> None:
        uow.assets.add_repair(REPAIR)
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        write(uow)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("WS-1", ["ws-1"], id="whole name before the beginning of others"),
        pytest.param("ws-", ["ws-1", "WS-10", "ws-11"], id="beginning"),
        pytest.param("ws_1", [], id="a sign of LIKE"),
        pytest.param("büro", ["BÜRO-PC"], id="not ASCII"),
        pytest.param("x", [], id="nobody's"),
    ],
)
def test_devices_are_found_by_host_name(stores: Stores, name: str, found: list[str]) -> None:
    with stores.open() as uow:
        for number, hostname in enumerate(("ws-11", "ws-1", "WS-10", "BÜRO-PC", "srv")):
            uow.devices.add(
                a_device(DeviceId(f"0195a000-0000-7000-8000-{number:012}"), hostname=hostname)
            )
        uow.commit()

    with stores.read() as uow:
        assert [one.hostname for one in uow.devices.named(name, limit=3)] == found
        assert [one.hostname for one in uow.devices.named(name, limit=1)] == found[:1]


def test_device_is_classified_and_nothing_else_changes(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        before = uow.devices.get(ONE)
        uow.devices.classify(ONE, device_class=DeviceClass.SERVER, criticality=Criticality.LOW)
        uow.commit()

    assert before is not None
    with stores.read() as uow:
        assert uow.devices.get(ONE) == replace(
            before, device_class=DeviceClass.SERVER, criticality=Criticality.LOW
        )
