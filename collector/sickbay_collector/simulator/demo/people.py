"""Whose devices they are: invented people of invented departments, and what was paid for what."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.assets import AssetChange, change_asset
from sickbay_collector.services.people import add_person
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.simulator.fleet.device import SimulatedDevice

_FIRST = (
    "Alma Boris Carla Dario Elif Femi Greta Hugo Ida Jonas Kaia Leon Mira Nils Olga Pavel Rosa "
    "Samir Tilda Umar Vera Wanda Yusuf Zoe"
)
_LAST = (
    "Almeida Berg Clarke Dietz Evans Fischer Gomes Hughes Ivanov Jansen Koch Lopes Moreau Novak "
    "Okafor Pinto Quinn Ritter Sousa Taylor Ulrich Vogel Weber Young"
)
_DEPARTMENTS = ("Sales", "Finance", "Production", "Research", "Logistics", "Marketing")
_SITES = (("main", "de", 0.55), ("lisbon", "pt", 0.25), ("leeds", "en", 0.2))
_SUPPLIERS = ("Norda Direct", "Beldin Business")
_VIP_SHARE, _CRITICAL_SHARE = 0.03, 0.06


def settle_people(
    open_uow: OpenUnitOfWork,
    devices: Mapping[DeviceId, SimulatedDevice],
    rng: Random,
    *,
    now: datetime,
) -> Sequence[tuple[Person, DeviceId]]:
    """Give each device an owner and an asset record; return who has which."""
    owned: list[tuple[Person, DeviceId]] = []
    for number, (device_id, device) in enumerate(devices.items()):
        person = add_person(open_uow, _person(number, rng), actor="demo", now=now)
        change = _asset(person, device, rng, now.date())
        change_asset(open_uow, device_id, change, expected_version=0, actor="demo", now=now)
        owned.append((person, device_id))
    return owned


def _person(number: int, rng: Random) -> Person:
    firsts, lasts = _FIRST.split(), _LAST.split()
    first = firsts[number % len(firsts)]
    last = lasts[(number // len(firsts) + number) % len(lasts)]
    again = number // (len(firsts) * len(lasts))
    site, language, _ = rng.choices(_SITES, [share for *_, share in _SITES])[0]
    return Person(
        person_id=PersonId(f"demo-{number:05d}"),
        name=f"{first} {last}",
        email=f"{first}.{last}{number if again else ''}@example.org".lower(),
        phone=f"+49 30 555{1000 + number:05d}",
        department=rng.choice(_DEPARTMENTS),
        site=site,
        language=language,
        vip=rng.random() < _VIP_SHARE,
    )


def _asset(person: Person, device: SimulatedDevice, rng: Random, today: date) -> AssetChange:
    bought = today - timedelta(days=rng.randint(30, 4 * 365))
    warranty = bought + timedelta(days=3 * 365)
    return AssetChange(
        values={
            AssetField.OWNER: person.person_id,
            AssetField.DEPARTMENT: person.department,
            AssetField.SITE: person.site,
            AssetField.LOCATION: f"Room {rng.randint(1, 4)}.{rng.randint(1, 30):02d}",
            AssetField.PURCHASED_ON: bought.isoformat(),
            AssetField.COST: f"{500 + device.model.memory_gib * 25}.00 EUR",
            AssetField.SUPPLIER: rng.choice(_SUPPLIERS),
            AssetField.WARRANTY_UNTIL: warranty.isoformat(),
        },
        criticality=Criticality.HIGH if rng.random() < _CRITICAL_SHARE else None,
    )
