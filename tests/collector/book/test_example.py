"""The example under deploy/examples/desk is one that a collector takes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sickbay_collector.core.desk.calendar import after
from sickbay_collector.core.desk.rota import on_call
from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.apply import Applying, Document, apply, read_documents
from sickbay_collector.services.book.layers import Places
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.book.shelf import Shelf
from tests.fakes import FakeDatabase

EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "desk"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_example_is_applied_as_a_whole(tmp_path: Path) -> None:
    """It shows most kinds, and each entry does what its comment says."""
    database = FakeDatabase()
    places = Places(rules=tmp_path / "r", sla=tmp_path / "s", desk=tmp_path / "d")
    shelf = Shelf(places, database.read, lambda: NOW, lambda _: None)
    shelf.start()
    layer = read_documents(
        [Document(name=path.name, text=path.read_text()) for path in sorted(EXAMPLE.iterdir())]
    )
    asked = Applying(wanted=Wanted(layer=layer), revision=0, user="ada", now=NOW)
    done = apply(database.open, shelf.now.base, asked)
    shelf.follow()
    book = shelf.now.configuration.book
    friday = datetime(2026, 12, 18, 12, 30, tzinfo=UTC)

    assert len([kind for kind in ALL_KINDS if layer[kind]]) >= 13
    assert done.plan.unchanged == 0
    assert book.technicians["bob"].is_away(friday + timedelta(days=7))
    assert book.routing[0].name == "ERP to who knows it"
    # Half an hour of Friday is left; Christmas Eve, the holidays and the weekend do not count.
    assert after(book.sla.calendars["business"], friday, timedelta(hours=1)) == datetime(
        2026, 12, 21, 7, 30, tzinfo=UTC
    )
    assert [one.login for one in on_call(book, "on-call", NOW)] != []
    assert "reboot.pending" not in shelf.rules().rules
    assert shelf.rules().rules["disk.full.warn"].queue == "storage"
