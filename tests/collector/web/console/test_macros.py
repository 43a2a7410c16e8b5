from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.services.access import Role
from sickbay_collector.services.book.load import load_book
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.web.console.conftest import Open, csrf_on

_BOOK = load_book(())


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with macros."""
    with open_clinic(template, tmp_path, book=lambda: _BOOK) as opened:
        yield opened


def test_one_press_does_what_the_page_says_before(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    page = client.get("/tickets/1").text
    assert "Password was reset" in page
    assert "sets category access/password, you work on it, resolves it" in page
    plan = client.get("/tickets/1/macros/password-reset").text
    assert "category: storage → access" in plan

    form = {"csrf": csrf_on(page), "version": "1", "macro": "password-reset"}
    answer = client.post("/tickets/1/macro", data=form)

    assert answer.headers["location"] == "/tickets/1"
    assert "use · configured · remote" in client.get("/tickets/1").text
    assert client.post("/tickets/1/macro", data=form).status_code == 409


def test_readers_are_offered_no_macros(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert "Password was reset" not in client.get("/tickets/1").text
    assert client.get("/tickets/1/macros/password-reset").status_code == 403
