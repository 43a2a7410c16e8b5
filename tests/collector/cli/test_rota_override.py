"""`sickbay rota override`, at a desk whose configuration can be applied to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.plan import Wanted
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic, Template, open_clinic

DESK = """
technicians: [{login: ada, tiers: [L1]}, {login: bob, tiers: [L1]}]
rotas: [{id: nights, tier: L1, layers: [{participants: [ada], zone: UTC}]}]
"""


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with one rota."""
    opened: list[Clinic] = []

    def book() -> DeskBook:
        return opened[0].shelf.now.configuration.book

    with open_clinic(template, tmp_path, book=book) as clinic:
        opened.append(clinic)
        clinic.shelf.start()
        wanted = Wanted(layer=read_documents([Document(name="desk.yaml", text=DESK)]))
        applying = Applying(wanted=wanted, revision=None, user="ada", now=clinic.now)
        apply(clinic.open_writes, clinic.shelf.now.base, applying)
        clinic.shelf.follow()
        yield clinic


def test_override_is_added_shown_and_taken_away(run: Run) -> None:
    times = ("--from", "2029-12-29T20:00", "--until", "sunday 08:00", "--zone", "UTC")
    made = json.loads(
        run("rota", "override", "nights", "bob", *times, "--reason", "swap", "-o", "json").stdout
    )
    who = run("rota", "who", "nights", "--at", "2029-12-30T03:00", "--zone", "UTC").stdout
    shown = run("rota", "show", "nights").stdout
    gone = run("rota", "override-rm", "nights", made["id"])

    # 29 December 2029 is a Saturday.
    assert (made["since"], made["until"]) == ("2029-12-29T20:00:00Z", "2029-12-30T08:00:00Z")
    assert "bob stands in for everybody (swap)" in who
    assert made["id"] in shown
    assert gone.stdout == "bob does not stand in for everybody\n"


def test_errors_are_one_line(run: Run) -> None:
    unknown = run("rota", "override", "none", "bob", "--until", "2029-12-30T08:00")
    who = run("rota", "override", "nights", "eve", "--until", "23:59")

    assert (unknown.exit_code, who.exit_code) == (1, 1)
    assert "no rota 'none'" in unknown.stderr
    assert "technicians has no 'eve'" in who.stderr
