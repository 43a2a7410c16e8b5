"""What the database answers in one go is what a walk through the stores finds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.asset import AssetField, Source
from sickbay_collector.core.desk.ticket import TicketStatus, Tier
from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Presence,
)
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.person import Person
from sickbay_collector.db.device_lists import list_devices
from sickbay_collector.db.reads import count_fleet
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services import counts, lookups
from sickbay_collector.services.asset_ports import AssetWrite
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.services.device_rows import DeviceOrder
from sickbay_collector.services.lookups import DeviceFilter, Sort
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.records import NOW, a_device, a_state, a_ticket
from tests.contract.test_assets import owner

STARTED = NOW - timedelta(days=1)
SCORES = (None, 0.0, 9.99, 10.0, 55.5, 55.5, 89.0, 90.0, 100.0, None)
STATUSES = (DeviceStatus.ACTIVE, DeviceStatus.ACTIVE, DeviceStatus.RETIRED)


def _id(number: int) -> DeviceId:
    return DeviceId(f"0195a000-0000-7000-8000-{number:012}")


def _add_device(uow: UnitOfWork, number: int) -> None:
    """Every third is retired, every fifth never reported, names repeat."""
    name = f"{'WS' if number % 2 else 'lap_'}{number % 4}"
    device = a_device(
        _id(number),
        hostname=name,
        status=STATUSES[number % 3],
        agent_version=f"0.{number % 3}.0",
        enrolled_at=NOW - timedelta(days=number % 11),
        certificate_issued_at=None if number % 6 == 0 else NOW - timedelta(hours=number % 30),
        certificate_expires_at=(
            None if number % 6 == 0 else NOW + timedelta(hours=24 - number % 30)
        ),
    )
    uow.devices.add(device)
    if number % 4 == 1:
        uow.devices.classify(
            device.device_id, device_class=DeviceClass.SERVER, criticality=Criticality.HIGH
        )
    if number % 5:
        state = a_state(
            device.device_id,
            score=SCORES[number % len(SCORES)],
            score_high=float(number),
            received_at=NOW - timedelta(seconds=37 * number),
            goodbye="asleep" if number % 7 == 0 else "",
            open_alerts=number % 3,
            confidence=number / 40,
        )
        uow.states.save([state])


def _add_records(uow: UnitOfWork) -> None:
    """Ann owns a few by hand or by file; of one of them until a time that has come."""
    hand, file = Source.MANUAL, Source.IMPORTED
    site = replace(owner("berlin"), field=AssetField.SITE)
    said = {
        4: (owner("person-ann"), owner("person-bob", file)),
        6: (owner("person-bob", hand, until=NOW), owner("person-ann", file)),
        10: (owner("person-ann", file), site),
        12: (owner("person-bob", hand, until=NOW), site),
        13: (owner("person-bob"), replace(site, value="oslo"), replace(site, source=file)),
        14: (owner("person-ann", hand, until=NOW + timedelta(days=1)), owner("person-bob", file)),
        15: (replace(site, value="oslo", until=NOW), replace(site, value="Aarhus", source=file)),
        16: (owner(""), owner("person-ann", file)),
    }
    uow.assets.save_all(
        [AssetWrite(device_id=_id(number), version=0, put=put) for number, put in said.items()]
    )


def _add_tickets(uow: UnitOfWork) -> None:
    for number, (status, tier) in enumerate(
        [
            (TicketStatus.NEW, Tier.L1),
            (TicketStatus.NEW, Tier.L1),
            (TicketStatus.ASSIGNED, Tier.L2),
            (TicketStatus.RESOLVED, Tier.L1),
            (TicketStatus.CLOSED, Tier.L2),
            (TicketStatus.CANCELLED, Tier.L2),
        ]
    ):
        ended = status in {TicketStatus.RESOLVED, TicketStatus.CLOSED}
        ticket = a_ticket(
            f"00{number}",
            device_id=_id(1),
            family=None,
            status=status,
            tier=tier,
            resolved_at=NOW + timedelta(seconds=90 * number) if ended else None,
        )
        uow.tickets.insert_open(ticket)


@pytest.fixture
def fleet(engine: Engine) -> Engine:
    """Forty devices, one with an inventory, and six tickets."""
    with open_unit_of_work(engine)() as uow:
        for number in range(40):
            _add_device(uow, number)
        _add_records(uow)
        _add_tickets(uow)
        uow.tags.add(["lab"], [_id(number) for number in range(20)], at=NOW, by="bo")
        uow.tags.add(["old"], [_id(number) for number in range(0, 40, 4)], at=NOW, by="bo")
        uow.people.add(Person(person_id=PersonId("person-ann"), name="Ann"))
        for kind, facts in (("os", {"name": "Debian"}), ("system", {"model": "T14"})):
            uow.sections.put(kind.encode(), SectionContent(kind=kind, facts=facts, rows={}))
            uow.sections.attach(_id(1), kind, kind.encode(), at=NOW)
        uow.commit()
    return engine


def test_the_figures_are_those_of_the_stores(fleet: Engine) -> None:
    with open_read_only(fleet)() as uow:
        expected = counts.count_fleet(uow, now=NOW, started_at=STARTED)

    assert expected == count_fleet(fleet, now=NOW, started_at=STARTED)
    assert set(expected.devices_by_presence) >= {Presence.ONLINE, Presence.LATE, Presence.LOST}


def test_an_empty_fleet_has_no_figures(engine: Engine) -> None:
    found = count_fleet(engine, now=NOW, started_at=STARTED)

    assert found == FleetCounts(
        devices_by_presence={},
        devices_by_score={},
        open_alerts=0,
        open_tickets={},
        sla_clocks={},
        sla_outcomes={},
    )


@pytest.mark.parametrize("descending", [False, True])
def test_every_order_is_that_of_the_stores(fleet: Engine, *, descending: bool) -> None:
    for order in DeviceOrder:
        _compare_pages(fleet, Sort(order=order, descending=descending), DeviceFilter())


@pytest.mark.parametrize("descending", [False, True])
def test_owners_are_sorted_by_what_they_are_called_at_the_time(
    fleet: Engine, *, descending: bool
) -> None:
    """A name that changes, a record that ends, and one that was taken back count at once."""
    with open_unit_of_work(fleet)() as uow:
        ann = uow.people.get(PersonId("person-ann"))
        assert ann is not None
        assert uow.people.save(replace(ann, name="Åse"), expected_version=1)
        uow.people.add_all([Person(person_id=PersonId("person-bob"), name="bob")])
        taken = AssetWrite(
            device_id=_id(4), version=1, withdraw=((AssetField.OWNER, Source.MANUAL),)
        )
        assert uow.assets.save_all([taken])
        uow.commit()
    sort = Sort(order=DeviceOrder.OWNER, descending=descending)

    before, after = (_owners(fleet, sort, days=days) for days in (0, 2))

    assert before == sorted(["bob"] * 3 + ["Åse"] * 3, key=str.lower, reverse=descending)
    assert after == sorted(["bob"] * 4 + ["Åse"] * 2, key=str.lower, reverse=descending)
    _compare_pages(fleet, sort, DeviceFilter())


def _owners(fleet: Engine, sort: Sort, *, days: int) -> list[str]:
    """Return the names of owners some days later, in the order of the list."""
    page = list_devices(
        fleet,
        DeviceFilter(statuses=frozenset(DeviceStatus)),
        sort=sort,
        limit=100,
        after=None,
        now=NOW + timedelta(days=days),
        started_at=STARTED,
    )
    return [row.place.owner_name for row in page.rows if row.place.owner_name]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(DeviceFilter(text="wS"), id="by name, whatever its case"),
        pytest.param(DeviceFilter(text="_"), id="a name with a wildcard"),
        pytest.param(DeviceFilter(text="%"), id="a name that nobody has"),
        pytest.param(DeviceFilter(max_score=55.5), id="by score"),
        pytest.param(DeviceFilter(statuses=frozenset({DeviceStatus.RETIRED})), id="retired"),
        pytest.param(
            DeviceFilter(presences=frozenset({Presence.LATE, Presence.ASLEEP})), id="by presence"
        ),
        pytest.param(DeviceFilter(owner="person-ann"), id="by owner"),
        pytest.param(DeviceFilter(owner="person-bob"), id="by an owner whose time is over"),
        pytest.param(DeviceFilter(site="berlin", owner="person-ann"), id="by site and owner"),
        pytest.param(DeviceFilter(tags=frozenset({"lab", "old"})), id="by both of two tags"),
        pytest.param(DeviceFilter(system="DEB", model="t1"), id="by system and model"),
        pytest.param(DeviceFilter(classes=frozenset({DeviceClass.SERVER})), id="by class"),
        pytest.param(DeviceFilter(criticalities=frozenset({Criticality.HIGH})), id="by weight"),
        pytest.param(DeviceFilter(agent="0.2.0"), id="by agent"),
        *(
            pytest.param(DeviceFilter(certificates=frozenset({one})), id=f"certificate {one}")
            for one in CertificateState
        ),
        pytest.param(DeviceFilter(has_alerts=True), id="with alerts"),
        pytest.param(DeviceFilter(has_tickets=True), id="with tickets"),
        pytest.param(DeviceFilter(department="Sales"), id="by a department that has none"),
    ],
)
def test_the_pages_are_those_of_the_stores(fleet: Engine, wanted: DeviceFilter) -> None:
    _compare_pages(fleet, Sort(), wanted)


def _compare_pages(fleet: Engine, sort: Sort, wanted: DeviceFilter) -> None:
    after = None
    for _ in range(10):
        with open_read_only(fleet)() as uow:
            expected = lookups.list_devices(
                uow, wanted, sort=sort, limit=15, after=after, now=NOW, started_at=STARTED
            )

        found = list_devices(
            fleet, wanted, sort=sort, limit=15, after=after, now=NOW, started_at=STARTED
        )

        assert expected == found
        after = found.next
        if after is None:
            break
    else:
        pytest.fail("the pages never end")
