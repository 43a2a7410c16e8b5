"""The fleet, and clients of the application on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import Clinic, Template, make_template, open_clinic
from tests.collector.served import api_on


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Make the database once."""
    return make_template(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet."""
    with open_clinic(template, tmp_path) as opened:
        yield opened


@pytest.fixture
def anonymous(clinic: Clinic) -> Iterator[TestClient]:
    """Open a client without a token."""
    with TestClient(api_on(clinic.context()), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def reader(clinic: Clinic, anonymous: TestClient) -> TestClient:
    """Open a client with a reader's token."""
    anonymous.headers.update(clinic.bearer(Role.READER))
    return anonymous


@pytest.fixture
def technician(clinic: Clinic, anonymous: TestClient) -> TestClient:
    """Open a client with a technician's token."""
    anonymous.headers.update(clinic.bearer(Role.TECHNICIAN))
    return anonymous
