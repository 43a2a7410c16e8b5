"""Which entries name another one."""

from datetime import date

from sickbay_collector.services.book.layers import default_layer, document_layer, laid_over
from sickbay_collector.services.book.references import named_by
from sickbay_collector.services.marked_yaml import DOCUMENT, parse_marked

TODAY = date(2026, 11, 23)
TEXT = """\
sites: [{id: oslo, zone: Europe/Oslo}]
technicians:
- {login: ann, sites: [oslo], tiers: [L1]}
- {login: bob, manager: ann, enabled: false}
- {login: bad, manager: nobody}
shifts: [{id: day, technicians: [ann], zone: UTC, week: {mon: ["09:00-17:00"]}}]
requirements: [{id: r, tier: L1, locations: [oslo], zone: UTC, week: {mon: ["09:00-17:00"]}}]
"""
LAYER = laid_over(default_layer(), document_layer([parse_marked(TEXT, "t", "document", DOCUMENT)]))


def names(kind: str, name: str) -> list[str]:
    return ["/".join(key) for key in named_by(LAYER, (kind, name), today=TODAY)]


def test_who_names_a_site_and_a_technician() -> None:
    """Also who is switched off: it would not come back."""
    assert names("sites", "oslo") == ["technicians/ann", "requirements/r"]
    assert names("technicians", "ann") == ["technicians/bob", "shifts/day"]


def test_who_names_a_calendar() -> None:
    found = names("calendars", "business")

    assert {"tiers/L1", "policies/high", "escalations/high"} <= set(found)


def test_nobody_names_an_entry() -> None:
    assert names("technicians", "bob") == []
