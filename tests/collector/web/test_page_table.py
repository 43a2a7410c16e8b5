"""Everything on the pages is in the API too, for the same people."""

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from sickbay_collector.core.access.role import RIGHTS, Role
from sickbay_collector.web.site import Site
from tests.collector.clinic import Clinic
from tests.collector.served import site_on
from tests.collector.web.access_table import Rule, rule_of
from tests.collector.web.page_table import BROWSER, PAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What there is, by method and path."""

    pages: frozenset[str]
    operations: frozenset[str]


def _routes(app: FastAPI) -> frozenset[str]:
    return frozenset(
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in set(route.methods or ()) - {"HEAD"}
    )


@pytest.fixture
def served(clinic: Clinic) -> Served:
    """All routes of the console and of the API."""
    site: Site = site_on(clinic.context())
    return Served(pages=_routes(site.console), operations=_routes(site.api))


def _rule(way: str) -> Rule:
    method, _, path = way.partition(" ")
    rule = rule_of(method, path)
    assert rule is not None, way
    return rule


def _may(role: Role, way: str) -> bool:
    rule = _rule(way)
    return rule.right is None or rule.right in RIGHTS[role]


def test_every_page_and_form_stands_in_the_table(served: Served) -> None:
    """Whoever adds a page says what it is in the API, and adds that first where it is missing."""
    assert served.pages - PAGES.keys() == set()
    assert PAGES.keys() - served.pages == set()


def test_every_operation_of_the_table_is_there(served: Served) -> None:
    named = {one for ways in PAGES.values() for one in ways if not one.startswith(BROWSER)}

    assert named - served.operations == set()


@pytest.mark.parametrize("role", list(Role))
def test_who_may_open_a_page_may_what_it_is_in_the_api(role: Role) -> None:
    wrong = [
        (page, one)
        for page, ways in PAGES.items()
        for one in ways
        if not one.startswith(BROWSER) and _may(role, page) and not _may(role, one)
    ]

    assert wrong == []


def test_where_a_page_shows_a_part_so_does_the_api() -> None:
    """Somebody who sees one site only is not sent away by what a page shows them."""
    wrong = [
        (page, one)
        for page, ways in PAGES.items()
        for one in ways
        if not one.startswith(BROWSER) and _rule(one).everywhere and not _rule(page).everywhere
    ]

    assert wrong == []
