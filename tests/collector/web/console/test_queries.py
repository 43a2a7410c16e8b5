"""How often a page asks the database: a fixed number of times, whatever it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic
from tests.collector.web.console.conftest import Open
from tests.collector.web.console.test_pages import paths_for

LIMIT = 12


def test_a_page_asks_the_database_seldom(clinic: Clinic, open_as: Open) -> None:
    """Its own reads and the session's, as an administrator."""
    client = open_as(Role.ADMINISTRATOR)
    often: dict[str, list[str]] = {}
    for path in paths_for(Role.TECHNICIAN):
        with statements(clinic.engine) as found:
            assert client.get(path).status_code == 200
        if len(found) > LIMIT:
            often[f"{path}: {len(found)}"] = found
    assert often == {}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            found.append(" ".join(statement.split())[:200])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
