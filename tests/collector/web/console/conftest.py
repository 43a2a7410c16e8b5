"""Browsers without a screen: clients that sign in as a person does."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from threading import Event

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.services.access import Role
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.accounts import add_account
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.kept_glances import Glances
from sickbay_collector.web.context import WebContext
from tests.collector.clinic import FAST_HASHER, NOW, Clinic
from tests.collector.served import site_on

PASSWORD = "correct horse battery"
Open = Callable[[Role], TestClient]


def add_accounts(clinic: Clinic) -> None:
    """Let somebody of each role sign in, by the role's name."""
    with clinic.open_writes() as uow:
        for role in Role:
            add_account(
                uow,
                FAST_HASHER,
                login=role.value,
                name=role.value.capitalize(),
                role=role,
                password=PASSWORD,
                by=By(at=NOW),
            )
        uow.commit()


def counting_until(clinic: Clinic, over: Event) -> WebContext:
    """Return the context of a collector whose devices take until then to count."""
    context = clinic.context()

    def count(*, now: datetime, started_at: datetime, reach: Reach | None = None) -> DeviceCounts:
        over.wait()
        return context.count_devices(now=now, started_at=started_at, reach=reach)

    return replace(context, glances=Glances(time.monotonic), count_devices=count)


@pytest.fixture
def visitor(clinic: Clinic) -> Iterator[TestClient]:
    """Somebody who has not signed in."""
    add_accounts(clinic)
    clinic.shelf.start()
    with TestClient(
        site_on(clinic.context()), raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def open_as(visitor: TestClient) -> Open:
    """Signs the visitor in."""

    def opened(role: Role) -> TestClient:
        form = {"login": role.value, "password": PASSWORD}
        assert visitor.post("/sign-in", data=form).status_code == 303
        return visitor

    return opened


def csrf_on(page: str) -> str:
    """Return the token of a page's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]
