import csv
import io
import json
import subprocess
import sys

import pytest
from rich.console import Console

from sickbay_collector.cli import device as device_command
from sickbay_collector.cli.device_page import print_device_page
from sickbay_collector.cli.output import Column, make_table
from sickbay_collector.services.device_rows import DeviceOrder
from tests.collector.cli.conftest import Run
from tests.collector.clinic import NOW

PERIOD = ("--since", "2026-11-20T12:00:00+00:00", "--until", "2026-11-20T12:30:00+00:00")


def test_list_is_worst_first(run: Run) -> None:
    lines = run("device", "ls").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["Device", "ws-sick", "ws-well", "ws-new"]
    assert "fair" in lines[1]
    assert "never" in lines[3]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("--presence", "late"), ["ws-well"], id="by presence"),
        pytest.param(("--max-score", "85"), ["ws-sick"], id="by score"),
        pytest.param(("--text", "new"), ["ws-new"], id="by text"),
        pytest.param(("--certificate", "expiring"), ["ws-sick"], id="by certificate"),
        pytest.param(("--order", "hostname", "--limit", "2"), ["ws-new", "ws-sick"], id="limit"),
    ],
)
def test_list_filters(run: Run, options: tuple[str, ...], expected: list[str]) -> None:
    items = json.loads(run("device", "ls", "-o", "json", *options).stdout)

    assert [item["hostname"] for item in items] == expected


def test_csv_is_read_back(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("device", "ls", "-o", "csv").stdout)))

    assert [row["hostname"] for row in rows] == ["ws-sick", "ws-well", "ws-new"]
    assert rows[2]["score"] == ""


@pytest.mark.parametrize(
    "said",
    [
        "ws-sick",
        "online",
        "Example Corp Book 14 G3",
        "laptop, normal criticality",
        "of 100, fair",
        "Volume / has 2.0 GB",
        "do: Free space on /.",
        "#1",
        "services that failed: backup.service",
        "serial SER-ws-sick",
        "4 cores",
        "secure boot on",
        "DIMM_A1",
        "Example SSD 256",
        "41 °C",
        "SMART passed",
        "1.9 GiB free",
        "LUKS2",
        "192.0.2.7/24",
        "02:00:5e:10:00:01",
        "gateway 192.0.2.1",
        "Debian GNU/Linux 12 (bookworm)",
        "6.1.0-18-amd64",
        "up 3 d 4 h",
        "12 updates pending, 3 for security",
        "for security: openssl",
        "2 packages of software",
        "batteries: no battery",
        "processor busy 42 %",
        "1,200 records",
        "44.0 MiB",
        "0.2 % of one since it started",
        "expiring, until 2026-11-20",
        "bash/version 5.2 -> 5.3",
        "0195a000-0000-7000-8000-000000000001",
    ],
)
def test_page_tells_more_than_one_would_ask(page: str, said: str) -> None:
    assert said in page


@pytest.fixture
def page(run: Run) -> str:
    """Return the page of the sick device."""
    return run("device", "show", "ws-sick").stdout


@pytest.mark.parametrize("width", [80, 100, 120])
def test_page_fits_its_width_and_loses_nothing_that_matters(run: Run, width: int) -> None:
    device = json.loads(run("device", "show", "ws-sick", "-o", "json").stdout)
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)

    print_device_page(console, device, now=NOW)

    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines()) <= width
    for said in ("-20.5", "192.0.2.7/24", "1.9 GiB free", "Debian GNU/Linux 12", "12,345 h"):
        assert said in text


def test_page_of_a_device_that_never_reported(run: Run) -> None:
    result = run("device", "show", "ws-new")

    assert result.exit_code == 0
    assert "last report never" in result.stdout
    assert "pending updates: not known" in result.stdout


def test_page_as_json_is_what_the_api_says(run: Run) -> None:
    found = json.loads(run("device", "show", "ws-sick", "-o", "json").stdout)

    assert {"health", "sections", "readings", "tickets", "changes"} <= found.keys()


def test_score_shows_its_ledger_axes_and_categories(run: Run) -> None:
    text = run("device", "score", "ws-sick").stdout

    assert "between" in text
    assert "reliability" in text
    assert "capacity" in text
    assert "2 GB, costs points from 50 GB" in text


def test_score_as_csv_is_the_ledger(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("device", "score", "ws-sick", "-o", "csv").stdout)))

    assert [row["category"] for row in rows] == ["capacity"]


def test_history_is_one_line_a_metric(run: Run) -> None:
    text = run("device", "history", "ws-sick", "--metric", "cpu.busy_ratio", *PERIOD).stdout

    line = text.splitlines()[1].split()
    assert line[0] == "cpu.busy_ratio"
    assert [*line[1:3], *line[7:9]] == ["0", "%", "29", "%"]
    assert "▁" in text
    assert "█" in text


def test_history_as_csv_has_a_row_a_point(run: Run) -> None:
    result = run("device", "history", "ws-sick", "--metric", "cpu.busy_ratio", *PERIOD, "-o", "csv")

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 30
    assert rows[1]["mean"] == "0.01"


def test_history_without_readings_says_so(run: Run) -> None:
    result = run("device", "history", "ws-new", *PERIOD)

    assert result.stdout == "no readings of these in the last 30 min\n"


def test_changes(run: Run) -> None:
    text = run("device", "changes", "ws-sick", "--since", "2026-11-01").stdout

    assert "bash/version" in text
    assert "htop" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("show", "ws-sikc"), 1, "did you mean ws-sick", id="unknown device"),
        pytest.param(("show", "ws-"), 1, "devices are called ws-", id="ambiguous device"),
        pytest.param(("show", "a/../b"), 1, "there is nothing at", id="hostile name"),
        pytest.param(("show",), 2, "Missing argument", id="no device"),
        pytest.param(("ls", "-o", "xml"), 2, "xml", id="unknown format"),
        pytest.param(("history", "ws-sick", "--since", "soon"), 2, "neither an age", id="no time"),
        pytest.param(("history", "ws-sick", "--metric", "x"), 1, "'x' is not known", id="metric"),
        pytest.param(("score", "ws-new"), 1, "has not reported yet", id="no score yet"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("device", *arguments)

    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
    if code == 1:
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["ls", "show", "score", "history", "changes"])
def test_help_has_examples(bare_run: Run, command: str) -> None:
    text = bare_run("device", command, "--help").stdout

    assert "Examples:" in text
    assert f"sickbay device {command}" in text


def test_looking_imports_no_server() -> None:
    """`sickbay device ls` must start fast: no database, no gRPC, no web framework."""
    program = (
        "import sys, sickbay_collector.cli.device, sickbay_collector.cli.device_page\n"
        "heavy = {'sqlalchemy', 'grpc', 'fastapi', 'google.protobuf', 'pydantic', 'uvicorn'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_table_fits_its_width_and_keeps_its_first_columns(width: int) -> None:
    columns = (
        Column(title="Device", field="a", wide=True),
        Column(title="Score", field="b", right=True),
        Column(title="System", field="c", wide=True, extra=True),
        Column(title="Model", field="d", wide=True, extra=True),
    )
    rows = [("a-host-with-a-name", "80", "S" * 70, "M" * 70), ("b", "-", "", "[bold]x[/]")]
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)

    console.print(make_table(columns, rows, width=width))

    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(len(line.rstrip()) for line in lines) <= width
    assert lines[0].startswith("Device")
    assert "80" in lines[1]
    assert "[bold]x[/]" in lines[2]


def test_table_leaves_extra_columns_out_where_there_is_no_room() -> None:
    columns = (
        Column(title="Device", field="a"),
        Column(title="System", field="b", wide=True, extra=True),
        Column(title="Model", field="c", wide=True, extra=True),
    )
    console = Console(width=24, file=io.StringIO(), highlight=False, markup=False)

    console.print(make_table(columns, [("twelve-chars", "system", "model")], width=24))

    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "twelve-chars" in text
    assert "System" in text
    assert "Model" not in text


def test_ls_offers_every_order_of_the_api() -> None:
    """Both lists are written out: a command imports nothing of the collector."""
    assert tuple(DeviceOrder) == device_command._ORDERS


def test_ls_narrows_and_sorts(run: Run) -> None:
    """By tag, by what is open, and the other way round."""
    assert run("tag", "add", "lab", "ws-sick").exit_code == 0
    tagged = json.loads(run("device", "ls", "--tag", "lab", "-o", "json").output)
    sick = json.loads(run("device", "ls", "--with-tickets", "-o", "json").output)
    names = json.loads(
        run("device", "ls", "--order", "hostname", "--descending", "-o", "json").output
    )

    assert [one["hostname"] for one in tagged] == ["ws-sick"]
    assert [one["hostname"] for one in sick] == ["ws-sick"]
    assert [one["hostname"] for one in names] == sorted(
        (one["hostname"] for one in names), reverse=True
    )
