"""Every page is walked: those of things that the fleet alone has not, a requester's, nobody's.

A route that is new fails here until one of the lists has it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path
from starlette.testclient import TestClient

from sickbay_collector.core.access.role import Role
from sickbay_collector.web.console.pages import CSP
from tests.collector.clinic import Clinic, Template
from tests.collector.served import site_on
from tests.collector.settled_desk import open_settled
from tests.collector.web.console.conftest import Open
from tests.collector.web.console.furniture import (
    FURNISHED_PATHS,
    NO_PAGES,
    OPEN_PATHS,
    OWN_PATHS,
    PARTS,
    Furnished,
    furnish,
    furnished_paths,
)
from tests.collector.web.console.test_pages import PATHS, WALKERS, Checked
from tests.collector.web.console.test_queries import LIMIT, statements


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk whose configuration can be changed."""
    with open_settled(template, tmp_path) as opened:
        yield opened


@pytest.fixture
def furnished(clinic: Clinic) -> Furnished:
    """Add one of each thing that has a page."""
    return furnish(clinic)


def test_no_page_of_the_console_is_left_out(clinic: Clinic, furnished: Furnished) -> None:
    """Each route that reads is one of a walked page, of a part, or of no page for a reason."""
    walked = (*PATHS, *FURNISHED_PATHS, *OWN_PATHS, *OPEN_PATHS, *PARTS)
    routes = _routes(site_on(clinic.context()).console)
    met = {_met(routes, path) for path in (*walked, furnished.link, furnished.ack)}

    assert set(routes) - met == set(NO_PAGES)


def _routes(app: FastAPI) -> list[str]:
    """Return the paths of routes that read, in the order in which they are tried."""
    found = iter_route_contexts(app.routes)
    return [str(one.path) for one in found if "GET" in (one.methods or ())]


def _met(routes: list[str], path: str) -> str:
    plain = path.partition("?")[0].replace("%3A", ":").replace("%40", "@")
    return next(one for one in routes if compile_path(one)[0].fullmatch(plain))


@pytest.mark.parametrize("role", WALKERS)
@pytest.mark.usefixtures("furnished")
def test_every_page_of_a_thing_shows_itself(clinic: Clinic, open_as: Open, role: Role) -> None:
    client = open_as(role)
    for path in furnished_paths(role):
        with statements(clinic.engine) as asked:
            _check(client, path)
        assert len(asked) <= LIMIT, path


@pytest.mark.usefixtures("furnished")
def test_every_part_of_a_page_is_one(open_as: Open) -> None:
    """Without a frame, under the same policy."""
    client = open_as(Role.TECHNICIAN)
    for path in PARTS:
        answer = client.get(path)

        assert (path, answer.status_code) == (path, 200)
        assert answer.headers["content-security-policy"] == CSP
        assert "<html" not in answer.text


def test_what_needs_no_session_shows_itself(visitor: TestClient, furnished: Furnished) -> None:
    """The pages behind a link change nothing when they are looked at."""
    for path in (*OPEN_PATHS, furnished.link, furnished.ack):
        _check(visitor, path)


def test_a_requester_has_pages(visitor: TestClient, furnished: Furnished) -> None:
    """Signed in by a link; those of the desk lead there, or are refused."""
    assert visitor.post(furnished.link).status_code == 303
    for path in OWN_PATHS:
        _check(visitor, path)
    for path in ("/tickets/1", "/devices", "/settings"):
        answer = visitor.get(path)

        assert (path, answer.status_code) == (path, 403)
        assert "This is not yours to do" in answer.text


def _check(client: TestClient, path: str) -> None:
    answer = client.get(path)
    checked = Checked()
    checked.feed(answer.text)

    assert (path, answer.status_code) == (path, 200), answer.text
    assert answer.headers["content-security-policy"] == CSP
    assert (path, checked.found, checked.headings) == (path, [], 1)
