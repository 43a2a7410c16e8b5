"""Empty stores on both databases, as many as a test asks for, and two kinds of workstations."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from tests.history.office import Week

MakeEngine = Callable[[], Engine]


@pytest.fixture(scope="session")
def weeks() -> list[Week]:
    """Weeks of different workstations."""
    return [Week(seed) for seed in range(3)]


@pytest.fixture(params=["sqlite", "postgresql"])
def make_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeEngine]:
    """Make an empty store with the schema; each call another one, each database in turn."""
    made: list[Engine] = []

    def make() -> Engine:
        if request.param == "sqlite":
            engine = open_engine(f"sqlite:///{tmp_path}/{len(made)}.db")
        else:
            engine = open_engine(request.getfixturevalue("cluster").create())
        made.append(engine)
        migrate.upgrade(engine)
        return engine

    yield make
    for engine in made:
        engine.dispose()
