"""What is found by one line of text, on memory and both databases alike."""

from dataclasses import replace

import pytest

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.device import DeviceStatus
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_device, a_ticket
from tests.contract.test_assets import owner
from tests.contract.test_problems import PROBLEM

NAMES = ("ws-anna", "WS-Bert", "lap%top", "srv-ws-1", "ws-zoe", "größe")


def _id(number: int) -> DeviceId:
    return DeviceId(f"0195a000-0000-7000-8000-{number:012}")


def _fill(uow: UnitOfWork) -> None:
    for number, name in enumerate(NAMES):
        gone = DeviceStatus.RETIRED if name == "ws-anna" else DeviceStatus.ACTIVE
        uow.devices.add(a_device(_id(number), hostname=name, status=gone))
    facts = {"serial": "PF-42X", "asset_tag": "A7"}
    rows = {"eth0": {"mac": "02:00:5E:10:00:01", "addresses": "192.0.2.7/24, 127.0.0.1/8"}}
    for number, kind, old in ((1, "system", b"s"), (2, "network", b"n"), (3, "network", b"n")):
        content = SectionContent(
            kind=kind,
            facts=facts if kind == "system" else {},
            rows=rows if kind == "network" else {},
        )
        uow.sections.put(old * 32, content)
        uow.sections.attach(_id(number), kind, old * 32, at=NOW)
    other = SectionContent(kind="network", facts={}, rows={"eth0": {"addresses": "192.0.2.99/24"}})
    uow.sections.put(b"o" * 32, other)
    uow.sections.attach(_id(3), "network", b"o" * 32, at=NOW.replace(year=2027))
    tag = replace(owner("Tag-9"), field=AssetField.ASSET_TAG, source=Source.IMPORTED)
    uow.assets.save_all([AssetWrite(device_id=_id(4), version=0, put=(owner("person-ann"), tag))])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ws-", ["WS-Bert", "ws-zoe", "srv-ws-1", "ws-anna"], id="begins, holds, gone"),
        pytest.param("BERT", ["WS-Bert"], id="whatever its case"),
        pytest.param("GRÖ", ["größe"], id="of every script"),
        pytest.param("%", ["lap%top"], id="as it is written"),
        pytest.param("pf-42", ["WS-Bert"], id="begin of a serial number"),
        pytest.param("42x", [], id="the middle of one"),
        pytest.param("02-00-5e-10", ["lap%top"], id="a MAC with other signs"),
        pytest.param("02005E100001", ["lap%top"], id="a MAC without signs"),
        pytest.param("192.0.2.7", ["lap%top"], id="an address, of who has it now"),
        pytest.param("192.0.2.", ["lap%top", "srv-ws-1"], id="the begin of addresses"),
        pytest.param("127.0", [], id="what every machine has"),
        pytest.param("tag-9", [], id="a tag in another case"),
        pytest.param("Tag-9", ["ws-zoe"], id="a tag of the asset record"),
        pytest.param(_id(4), ["ws-zoe"], id="an id"),
        pytest.param("nothing", [], id="nothing"),
    ],
)
def test_devices_by_what_people_call_them(stores: Stores, text: str, expected: list[str]) -> None:
    with stores.open() as uow:
        _fill(uow)
        uow.commit()
    with stores.read() as uow:
        found = uow.search.devices(text, owners=(), limit=9)
        first = uow.search.devices(text, owners=(), limit=1)

    assert [one.hostname for one in found] == expected
    assert [one.hostname for one in first] == expected[:1]


def test_devices_by_their_owners(stores: Stores) -> None:
    with stores.open() as uow:
        _fill(uow)
        uow.commit()
    with stores.read() as uow:
        found = uow.search.devices("nothing", owners=[PersonId("person-ann")], limit=9)

    assert [one.hostname for one in found] == ["ws-zoe"]


def test_tickets_by_number_and_title(stores: Stores) -> None:
    """The number goes first; what is closed is found too."""
    with stores.open() as uow:
        uow.devices.add(a_device(_id(1)))
        for number, title in enumerate(("Disk full", "Fan", "disk 2 is SLOW", "1 fan")):
            status = TicketStatus.CLOSED if number == 0 else TicketStatus.NEW
            uow.tickets.insert_open(
                a_ticket(f"{number}", device_id=_id(1), family=None, title=title, status=status)
            )
        uow.commit()
    with stores.read() as uow:
        numbers = {one: one.title for one in uow.search.tickets("", limit=9)}
        found = {
            text: [one.title for one in uow.search.tickets(text, limit=9)]
            for text in ("DISK", "fan", "moon")
        }
        first = next(one.number for one in numbers if one.title == "Disk full")
        by_number = [one.title for one in uow.search.tickets(f"#{first}", limit=9)]

    assert found == {"DISK": ["disk 2 is SLOW", "Disk full"], "fan": ["1 fan", "Fan"], "moon": []}
    assert by_number[0] == "Disk full"


def test_problems_by_number_and_title(stores: Stores) -> None:
    with stores.open() as uow:
        uow.devices.add(a_device())
        added = uow.problems.add(replace(PROBLEM, title="Disks of one MODEL"))
        uow.commit()
    with stores.read() as uow:
        found = [uow.search.problems(one, limit=9) for one in ("model", str(added.number), "moon")]

    assert [list(one) for one in found] == [[added], [added], []]
