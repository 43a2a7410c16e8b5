"""A desk with five technicians, for tests of what routes tickets."""

from datetime import date
from pathlib import Path

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.services.book.load import load_book

TEAM = """
technicians:
- {login: ann, tiers: [L1], capacity: 5, languages: [en, de]}
- {login: ben, tiers: [L1], capacity: 5, skills: {access: 3}}
- {login: cleo, tiers: [L2], capacity: 3, skills: {network: 4, database: 1}}
- {login: dora, tiers: [L2], capacity: 3, skills: {database: 4}}
- {login: emil, tiers: [L3], capacity: 3, skills: {database: 5}}
"""


def a_book(folder: Path, team: str = TEAM) -> DeskBook:
    """Return the default configuration with these entries over it."""
    desk = folder / "desk.d"
    desk.mkdir(exist_ok=True)
    (desk / "site.yaml").write_text(team)
    return load_book([desk], today=date(2026, 3, 2))
