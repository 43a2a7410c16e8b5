"""The implementations that have to pass the same tests: memory, SQLite, PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
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


@dataclass(frozen=True, slots=True)
class Stores:
    """One implementation, with an empty schema."""

    open: OpenUnitOfWork
    read: OpenUnitOfWork


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """An own cluster on a unix socket in a fresh directory, without fsync."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=_version)
    if programs is None:
        pytest.skip("PostgreSQL is not installed (/usr/lib/postgresql/*/bin)")
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="sickbay-pg-") as folder:
        shutil.chown(folder, user)
        data = f"{folder}/data"
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        initdb = ["initdb", "-D", data, "-U", "sickbay", "-A", "trust", "-E", "UTF8", "--no-sync"]
        start = ["pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start"]
        _run(programs, [*initdb, "--locale=C.UTF-8"], user, folder)
        _run(programs, start, user, folder)
        try:
            yield f"postgresql+psycopg://sickbay@/postgres?host={folder}"
        finally:
            _run(programs, ["pg_ctl", "-D", data, "-m", "immediate", "stop"], user, folder)


def _version(programs: Path) -> int:
    return int(programs.parent.name)


def _run(programs: Path, command: list[str], user: str, folder: str) -> None:
    subprocess.run(
        [programs / command[0], *command[1:]],
        check=True,
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    """The cluster with the schema."""
    engine = open_engine(postgresql_url)
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
