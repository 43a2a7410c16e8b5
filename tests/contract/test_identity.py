"""What devices are told apart by is kept, counted and found alike."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from sickbay_collector.core.device import DeviceStatus, Evidence
from sickbay_collector.core.identity import (
    Finding,
    IdentityRecord,
    Judgement,
    Objection,
    Outcome,
    Verdict,
    usable_clues,
)
from sickbay_collector.core.identity_clues import Clue, ClueKind
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db import migrate
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_device, a_state, add_devices

SERIAL = Clue(ClueKind.SERIAL, "pf-3xk1p2")
BOARD = Clue(ClueKind.BOARD, "pf-3xk1p2")
MAC = Clue(ClueKind.MAC, "9c:eb:e8:12:34:56")
RECORD = IdentityRecord(
    device_id=TWO,
    at=NOW,
    judgement=Judgement(
        verdict=Verdict.POSSIBLE,
        points=65,
        other=ONE,
        objections=(Objection.LIVE, Objection.ONE_STRONG),
        findings=(
            Finding(kind=ClueKind.SERIAL, value="ä-1", outcome=Outcome.AGREES, points=45),
            Finding(kind=ClueKind.MAC, value=MAC.value, outcome=Outcome.SHARED),
        ),
    ),
)


def test_devices_are_found_by_a_value_of_a_kind(stores: Stores) -> None:
    """The last enrolled first, each once; a device's new values take the place of its old ones."""
    add_devices(stores, ONE, TWO)
    with stores.open() as uow:
        uow.identity.put_clues(ONE, [SERIAL, MAC, BOARD])
        uow.identity.put_clues(TWO, [BOARD])
        uow.identity.put_clues(TWO, [SERIAL, MAC])
        uow.identity.put_clues(TWO, [SERIAL, MAC])
        uow.commit()

    with stores.read() as uow:
        assert uow.identity.holders([SERIAL, MAC], limit=9) == [TWO, ONE]
        assert uow.identity.holders([SERIAL], limit=1) == [TWO]
        assert uow.identity.holders([BOARD], limit=9) == [ONE]
        assert list(uow.identity.holders([], limit=9)) == []


def test_a_value_that_many_have_hides_nobody_who_shares_a_rare_one(stores: Stores) -> None:
    names = [DeviceId(f"0195a000-0000-7000-8000-00000000020{number}") for number in range(5)]
    with stores.open() as uow:
        for number, one in enumerate(names):
            uow.devices.add(a_device(one, enroll_nonce=str(number)))
            uow.identity.put_clues(one, [MAC] if number else [MAC, SERIAL])
        uow.commit()

    with stores.read() as uow:
        assert uow.identity.holders([MAC, SERIAL], limit=2) == [names[4], names[3], names[0]]


def test_a_device_without_values_is_found_by_none(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.identity.put_clues(ONE, [SERIAL])
        uow.identity.put_clues(ONE, [])
        uow.commit()

    with stores.read() as uow:
        assert list(uow.identity.holders([SERIAL], limit=9)) == []


def test_devices_in_service_that_report_are_counted(stores: Stores) -> None:
    """Not those that never did or fell silent, nor those that are retired."""
    names = [DeviceId(f"0195a000-0000-7000-8000-00000000010{number}") for number in range(5)]
    with stores.open() as uow:
        for number, one in enumerate(names):
            status = DeviceStatus.RETIRED if number == 3 else DeviceStatus.ACTIVE
            uow.devices.add(a_device(one, status=status, enroll_nonce=str(number)))
            uow.identity.put_clues(one, [SERIAL, MAC] if number < 2 else [SERIAL])
        late = timedelta(days=7, seconds=1)
        uow.states.save(
            [
                a_state(one, received_at=NOW - late * (number == 2))
                for number, one in enumerate(names[:4])
            ]
        )
        uow.commit()

    with stores.read() as uow:
        for by, shared in ((2, {SERIAL, MAC}), (3, set())):
            since = NOW - timedelta(days=7)
            assert set(uow.identity.shared([SERIAL, MAC, BOARD], by=by, since=since)) == shared
        assert not uow.identity.shared([], by=1, since=NOW)


def test_what_a_device_was_taken_for_comes_back_the_last_time_counts(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    first = replace(RECORD, judgement=Judgement(verdict=Verdict.NEW))
    with stores.open() as uow:
        uow.identity.put(first)
        uow.commit()
    with stores.open() as uow:
        assert uow.identity.of([ONE, TWO]) == {TWO: first}
        uow.identity.put(RECORD)
        uow.commit()

    with stores.read() as uow:
        assert uow.identity.of([TWO]) == {TWO: RECORD}
        assert uow.identity.of([]) == {}


def test_devices_that_were_there_before_are_found(engine: Engine) -> None:
    """In both byte orders of their UUID; of a container by what is its own only."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    evidence = Evidence(
        smbios_uuid="4C4C4544-0042-4B10-8052-B4C04F4D3732",
        system_serial=" PF-3XK1P2",
        machine_id="0f5e3f0a9d6f4a51b4d2c6a9d9c0b7e1",
        permanent_macs=("9C:EB:E8:12:34:56", "9c:eb:e8:12:34:57"),
        virtualization="none",
    )
    inside = replace(evidence, virtualization="lxc", permanent_macs=())
    with stores.open() as uow:
        uow.devices.add(a_device(ONE, evidence=evidence))
        uow.devices.add(a_device(TWO, evidence=inside, enroll_nonce="n-2"))
        uow.commit()
    migrate.downgrade(engine, "0045")
    migrate.upgrade(engine)

    with stores.read() as uow:
        found = {one: list(uow.identity.holders([one], limit=9)) for one in usable_clues(evidence)}
    assert len(found) == 5
    machine_id = Clue(ClueKind.MACHINE, evidence.machine_id)
    assert found.pop(machine_id) == [TWO, ONE]
    assert set(map(tuple, found.values())) == {(ONE,)}
