import csv
import io
import json

import pytest

from tests.collector.cli.conftest import Run

ANN = ("person", "add", "Ann Schmidt", "--email", "ann@example.com", "--phone", "+49 30 123")


def test_person_is_added_shown_and_listed(run: Run) -> None:
    added = run(*ANN, "--vip")
    shown = run("person", "show", "schmidt").stdout
    listed = run("person", "ls", "--text", "0049 30").stdout

    assert added.exit_code == 0, added.stderr
    assert "ann@example.com" in shown
    assert "Ann Schmidt" in listed
    assert run("person", "ls", "--text", "zoe").stdout == "no persons\n"


def test_edit_changes_and_deactivates(run: Run) -> None:
    run(*ANN)
    edited = json.loads(
        run("person", "edit", "ann@example.com", "--phone", "", "-o", "json").stdout
    )
    gone = run("person", "edit", "ann", "--inactive").stdout

    assert (edited["phone"], edited["email"]) == ("", "ann@example.com")
    assert "no, since" in gone
    assert run("person", "ls").stdout == "no persons\n"
    assert "Ann Schmidt" in run("person", "ls", "--all").stdout


def test_list_as_csv_and_json(run: Run) -> None:
    run(*ANN)
    rows = list(csv.DictReader(io.StringIO(run("person", "ls", "-o", "csv").stdout)))

    assert rows[0]["phone"] == "'+49 30 123"
    assert json.loads(run("person", "ls", "-o", "json").stdout)[0]["phone"] == "+49 30 123"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("show", "nobody"), 1, "no person has", id="unknown"),
        pytest.param(("add", "x", "--email", "x"), 1, "is no e-mail address", id="wrong address"),
        pytest.param(("add", "x", "--email", "ann@example.com"), 1, "already", id="taken"),
        pytest.param(("edit", "ann"), 2, "name what changes", id="nothing to change"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    run(*ANN)
    result = run("person", *arguments)

    assert result.exit_code == code
    assert said in result.stderr
