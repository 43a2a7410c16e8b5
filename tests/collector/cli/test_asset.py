import csv
import io
import json
from pathlib import Path

import pytest

from tests.collector.cli.conftest import Run


def test_record_is_set_and_shown(run: Run) -> None:
    run("person", "add", "Ann Schmidt", "--email", "ann@example.com")
    fields = ("owner=ann", "cost=1299 EUR", "model=X1")
    text = run("asset", "set", "ws-sick", *fields, "--until", "2199-01-01").stdout

    for said in ("Ann Schmidt ann@example.com", "1299.00 EUR", "X1", "not ", "until 2199-01-01"):
        assert said in text
    assert "manual by technician.doe" in run("asset", "show", "ws-sick").stdout


def test_class_and_withdrawal(run: Run) -> None:
    run("asset", "set", "ws-sick", "location=Room 1", "--class", "server", "--criticality", "high")
    text = run("asset", "set", "ws-sick", "--withdraw", "location").stdout

    assert "server, high criticality" in text
    assert "Room 1" not in text


def test_record_for_programs(run: Run) -> None:
    run("asset", "set", "ws-new", "location==1+1")
    rows = list(csv.DictReader(io.StringIO(run("asset", "show", "ws-new", "-o", "csv").stdout)))

    assert {row["field"]: row["value"] for row in rows}["location"] == "'=1+1"
    record = json.loads(run("asset", "show", "ws-new", "-o", "json").stdout)
    assert record["fields"]["location"]["value"] == "=1+1"


def test_history_and_repairs(run: Run) -> None:
    run("asset", "set", "ws-sick", "site=berlin")
    kept = run("asset", "repair", "ws-sick", "new fan", "--part", "--cost", "9.90 EUR")
    name = kept.stdout.split()[-1]
    history = run("asset", "history", "ws-sick").stdout
    listed = run("asset", "repairs", "ws-sick").stdout

    assert "berlin (manual)" in history
    assert "new fan for 9.90 EUR" in history
    assert "new fan" in listed
    assert "together 9.90 EUR" in listed
    assert "new fan" in run("asset", "repairs", "ws-sick", "-o", "csv").stdout
    assert run("asset", "drop-repair", "ws-sick", name).stdout == "taken off\n"
    assert run("asset", "repairs", "ws-sick").stdout == "no repairs\n"
    assert "site" in run("asset", "history", "ws-sick", "-o", "csv").stdout
    assert len(json.loads(run("asset", "history", "ws-sick", "-o", "json").stdout)) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("show", "nobody"), 1, "no device has", id="unknown device"),
        pytest.param(("set", "ws-sick"), 2, "name what changes", id="nothing to change"),
        pytest.param(("set", "ws-sick", "site"), 2, "FIELD=VALUE", id="no pair"),
        pytest.param(("set", "ws-sick", "cost=x"), 1, "cost: 'x' is no amount", id="wrong value"),
        pytest.param(("set", "ws-sick", "owner=zoe"), 1, "no person", id="no such owner"),
        pytest.param(("repair", "ws-sick", "x", "--on", "2199-01-01"), 1, "future", id="future"),
        pytest.param(("drop-repair", "ws-sick", "x"), 1, "no repair x", id="no such repair"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("asset", *arguments)

    assert result.exit_code == code
    assert said in result.stderr


def test_file_goes_in_and_comes_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "assets.csv"
    file.write_text("Host;Ort\nws-sick;Room 2\nws-nobody;x\n", encoding="utf-8")
    options = ("--map", "Ort=location", "--partial")
    done = run("asset", "import", str(file), *options)
    run("asset", "export", str(file))
    again = run("asset", "import", str(file))

    assert done.exit_code == 3
    assert "no device has the hostname ws-nobody" in done.stdout
    assert "Room 2" in run("asset", "export").stdout
    assert again.stdout == "0 added, 0 changed, 4 unchanged, 0 with errors\ndone\n"


def test_device_page_and_list_know_the_owner(run: Run) -> None:
    run("person", "add", "Ann Schmidt", "--email", "ann@example.com")
    run("asset", "set", "ws-sick", "owner=ann", "site=berlin")
    page = run("device", "show", "ws-sick").stdout
    listed = run("device", "ls", "--owner", "ann@example.com", "--site", "berlin").stdout

    assert "owner Ann Schmidt ann@example.com" in page
    assert "site berlin" in page
    assert "ws-sick" in listed
    assert "ws-well" not in listed
