import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.services.book.load import load_book
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic, Template, open_clinic

_BOOK = load_book(())


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with the default macros."""
    with open_clinic(template, tmp_path, book=lambda: _BOOK) as opened:
        yield opened


def test_macros_are_listed_with_what_they_do(run: Run) -> None:
    assert "waits for its user" in run("macro", "ls").stdout
    assert run("macro", "ls", "-o", "csv").stdout.splitlines()[0] == "id,name,does"
    items = json.loads(run("macro", "ls", "-o", "json").stdout)["items"]
    assert "ask-the-user" in [one["id"] for one in items]


def test_a_macro_is_shown_alone_and_for_a_ticket(run: Run) -> None:
    alone = run("macro", "show", "ask-the-user").stdout
    plan = run("macro", "show", "password-reset", "#1").stdout
    sheet = run("macro", "show", "password-reset", "1", "-o", "csv").stdout.splitlines()
    steps = json.loads(run("macro", "show", "password-reset", "1", "-o", "json").stdout)["steps"]

    assert "you work on it" in alone
    assert "category: access, subcategory: password" in plan
    assert sheet[0] == "event,changes,text,visibility"
    assert len(sheet) - 1 == len(steps) == 3
    assert "new" in run("ticket", "show", "1").stdout


def test_a_macro_is_done_to_a_ticket(run: Run) -> None:
    done = run("macro", "apply", "ask-the-user", "1", "-o", "json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["status"] == "pending_user"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("show", "burn"), "there are: ask-the-user", id="no macro"),
        pytest.param(("show", "burn", "1"), "burn", id="no macro for a ticket"),
        pytest.param(("apply", "ask-the-user", "77"), "77", id="no ticket"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("macro", *arguments)

    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
