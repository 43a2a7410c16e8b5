"""What tests of several folders share: the PostgreSQL cluster."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.postgres import Cluster, programs


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
