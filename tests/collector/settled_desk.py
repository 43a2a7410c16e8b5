"""A desk whose configuration is on the shelf: shipped defaults, a site's file, and what is applied.

For tests of pages that show and change it. On Friday, 20 November 2026 at 12:30 UTC, ada and the
technician are on shift, and nobody is on call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.shelf import Shelf
from tests.collector.clinic import Clinic, Template, open_clinic

DESK_FILE = """\
sites:
- {id: oslo, name: Oslo, zone: Europe/Oslo, country: "NO"}
skills:
- {id: mainframe, name: The old machine}
technicians:
- {login: ada, name: Ada Berg, email: ada@example.org, languages: [en, de], tiers: [L1],
   sites: [oslo], skills: {hardware: 4, network: 2}, zone: UTC}
- {login: bob, name: Bob Lind, tiers: [L1, L2], zone: UTC, manager: ada,
   absences: [{from: 2026-12-24, until: 2026-12-26, reason: holiday}]}
- {login: eve, name: Eve Holm, tiers: [L2], zone: UTC}
- {login: technician, tiers: [L1], zone: UTC}
shifts:
- {id: office, technicians: [ada, technician], zone: UTC, week: {mon-fri: ["09:00-17:00"]}}
rotas:
- id: nights
  name: Nights
  tier: L1
  layers:
  - name: week
    participants: [ada, bob]
    zone: UTC
    week: {mon-sun: ["00:00-08:00"]}
    handover: {every: 1w, at: "09:00", from: 2026-01-12}
- {id: experts, tier: L2, layers: [{participants: [eve], zone: UTC}]}
overrides:
- {id: kept, rota: nights, login: bob, instead_of: ada, from: 2027-01-01, until: 2027-01-02}
requirements:
- {id: day, users: staff, tier: L1, zone: UTC, week: {mon-fri: ["08:00-17:00"]}}
- {id: german, users: staff in Oslo, tier: L1, locations: [oslo], languages: [de], minimum: 2,
   zone: UTC, week: {mon-fri: ["10:00-15:00"]}}
- {id: always, users: servers, tier: L2, zone: UTC, week: {mon-sun: ["00:00-24:00"]}}
channels:
- {id: chat, kind: slack, url: "https://chat.example.org/hook/s3cret"}
- {id: mail, kind: email, host: mail.example.org, from: desk@example.org}
"""


@contextmanager
def open_settled(template: Template, folder: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with files, whose configuration can be changed."""
    opened: list[Clinic] = []

    def book() -> DeskBook:
        return opened[0].shelf.now.configuration.book

    desk = folder / "desk.d"
    desk.mkdir()
    (desk / "site.yaml").write_text(DESK_FILE)
    with open_clinic(template, folder, book=book) as clinic:
        opened.append(clinic)
        places = Places(rules=folder / "rules.d", sla=folder / "sla.d", desk=desk)
        clinic.shelf = Shelf(places, clinic.open_reads, lambda: clinic.now, clinic.books.append)
        clinic.shelf.start()
        yield clinic
