"""What tests of several folders share: the PostgreSQL cluster, and how property tests run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.postgres import Cluster, programs

# No stop-watch, for the machine may be busy; and the same examples each time, so that who changes
# nothing breaks nothing. `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("steady"), derandomize=False)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster that does not wait for the disk. A test that stops it starts it again."""
    yield from _running(durable=False)


@pytest.fixture
def durable_cluster() -> Iterator[Cluster]:
    """A running cluster of the test's own that waits for the disk, as in earnest."""
    yield from _running(durable=True)


@pytest.fixture
def postgresql_url(cluster: Cluster) -> str:
    """The address of an empty database of the test's own."""
    return cluster.create()


def _running(*, durable: bool) -> Iterator[Cluster]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (/usr/lib/postgresql/*/bin)")
    with tempfile.TemporaryDirectory(prefix="sickbay-pg-") as folder:
        made = Cluster(Path(folder), found, durable=durable)
        made.start()
        try:
            yield made
        finally:
            made.stop()
