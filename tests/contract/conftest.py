"""The implementations that have to pass the same tests: memory, SQLite, PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ports import OpenUnitOfWork
from tests.fakes import FakeDatabase
from tests.kit.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Stores:
    """One implementation, with an empty schema."""

    open: OpenUnitOfWork
    read: OpenUnitOfWork


@pytest.fixture(scope="session")
def postgresql(cluster: Cluster) -> Iterator[Engine]:
    """A database of the cluster with the schema."""
    engine = open_engine(cluster.create())
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A file with the schema."""
    engine = open_engine(f"sqlite:///{tmp_path}/collector.db")
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn, empty."""
    engine: Engine = request.getfixturevalue(request.param)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return engine


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Each implementation in turn, empty."""
    if request.param == "memory":
        fake = FakeDatabase()
        return Stores(fake.open, fake.read)
    engine: Engine = request.getfixturevalue(request.param)
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return Stores(open_unit_of_work(engine), open_read_only(engine))
