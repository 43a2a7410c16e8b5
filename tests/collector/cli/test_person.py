import csv
import io
import json
from pathlib import Path

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


def test_export_comes_back_unchanged(run: Run, tmp_path: Path) -> None:
    run(*ANN)
    file = tmp_path / "people.csv"
    run("person", "export", str(file))
    result = run("person", "import", str(file))

    assert b'"\'+49 30 123"' in file.read_bytes()
    assert run("person", "export").stdout_bytes == file.read_bytes()
    assert (result.exit_code, result.stdout) == (
        0,
        "0 added, 0 changed, 1 unchanged, 0 with errors\ndone\n",
    )


@pytest.mark.parametrize(
    ("options", "code", "said", "listed"),
    [
        pytest.param((), 1, "nothing was changed: correct the errors", False, id="refused"),
        pytest.param(("--partial",), 3, "done without the rows with errors", True, id="partial"),
        pytest.param(("--dry-run",), 1, "this was a dry run", False, id="dry run"),
        pytest.param(("--dry-run", "-o", "json"), 1, '"line": 3', False, id="JSON"),
        pytest.param(("-o", "csv"), 1, "3,E-Mail,'x' is no", False, id="errors as CSV"),
    ],
)
def test_import_with_errors(
    run: Run,
    tmp_path: Path,
    options: tuple[str, ...],
    code: int,
    said: str,
    listed: bool,  # noqa: FBT001 - what is expected
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name;E-Mail\nBo;bo@example.com\nZoe;x\n", encoding="utf-8")
    result = run("person", "import", str(file), *options)

    assert result.exit_code == code
    assert said in result.stdout
    assert ("bo@example.com" in run("person", "ls").stdout) is listed


def test_import_maps_titles_and_shows_changes(run: Run, tmp_path: Path) -> None:
    run(*ANN)
    file = tmp_path / "people.csv"
    file.write_text("Wer,email,Extra\nAnna,ann@example.com,1\n", encoding="utf-8")
    result = run("person", "import", str(file), "--map", "Wer=name", "--dry-run")

    assert result.exit_code == 0
    for said in ("Ann Schmidt", "Anna", "not read: Extra", "1 changed"):
        assert said in result.stdout


def test_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    missing = run("person", "import", str(tmp_path / "none.csv"))
    unwritable = run("person", "export", str(tmp_path / "none" / "x.csv"))

    assert (missing.exit_code, unwritable.exit_code) == (1, 1)
    assert "cannot be read: No such file" in missing.stderr
    assert "cannot be written: No such file" in unwritable.stderr


def test_the_devices_of_a_person_are_listed(run: Run) -> None:
    run("person", "add", "Ann", "--email", "ann@example.com")
    assert run("person", "devices", "ann@example.com").stdout == "no devices\n"
    run("asset", "set", "ws-sick", "owner=ann@example.com")

    assert "ws-sick" in run("person", "devices", "ann@example.com").stdout
    sheet = run("person", "devices", "ann@example.com", "-o", "csv").stdout.splitlines()
    assert sheet[0] == "hostname,status,device_class,criticality,device_id"
    assert run("person", "devices", "nobody@example.com").exit_code == 1
