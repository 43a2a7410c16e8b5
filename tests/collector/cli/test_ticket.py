import csv
import io
import json
from dataclasses import replace

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import TICKET, Clinic


def test_list_shows_what_is_to_be_done(run: Run) -> None:
    text = run("ticket", "ls").stdout

    assert "#1" in text
    assert "ws-sick: system volume almost full (/)" in text
    assert "high" in text


@pytest.mark.parametrize(
    ("options", "count"),
    [
        pytest.param((), 1, id="active"),
        pytest.param(("--device", "ws-well"), 0, id="of another device"),
        pytest.param(("--priority", "high", "--tier", "L1"), 1, id="by priority and tier"),
        pytest.param(("--status", "closed"), 0, id="by status"),
        pytest.param(("--major",), 0, id="major incidents"),
        pytest.param(("--all", "--assignee", "nobody"), 0, id="of nobody"),
    ],
)
def test_list_filters(run: Run, options: tuple[str, ...], count: int) -> None:
    items = json.loads(run("ticket", "ls", "-o", "json", *options).stdout)

    assert len(items) == count


@pytest.mark.parametrize("name", ["1", "#1"])
def test_page_explains_the_ticket(run: Run, name: str) -> None:
    text = run("ticket", "show", name).stdout

    for said in ("below 10 %", "A week ago: 14 %.", "Opened by disk.full.crit", "DISK-1"):
        assert said in text


def test_take_then_resolve(run: Run) -> None:
    taken = run("ticket", "take", "1").stdout
    resolved = run("ticket", "resolve", "1", "-m", "Freed space.").stdout

    assert "in progress" in taken
    assert "technician.doe" in taken
    assert "Freed space." in resolved
    assert run("ticket", "ls").stdout == "no tickets\n"
    rows = list(csv.DictReader(io.StringIO(run("ticket", "ls", "--all", "-o", "csv").stdout)))
    assert [row["status"] for row in rows] == ["resolved"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("show", "77"), 1, "no ticket has the number or id 77", id="unknown"),
        pytest.param(("resolve", "1"), 2, "--resolution", id="no resolution"),
        pytest.param(("resolve", "1", "-m", "x" * 4001), 1, "4000", id="too long a resolution"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("ticket", *arguments)

    assert result.exit_code == code
    assert said in result.stderr


def test_two_readings_of_one_finding_say_its_sentence_once(clinic: Clinic, run: Run) -> None:
    with clinic.open_writes() as uow:
        (first,) = uow.tickets.evidence(TICKET)
        uow.tickets.add_evidence(replace(first, metric="volume.free_bytes", unit="bytes"))
        uow.commit()
    text = run("ticket", "show", "1").stdout

    evidence = text.partition("Evidence")[2].partition("Alerts")[0]
    assert evidence.count("The volume / has 2 % free.") == 1
    assert text.count("A week ago: 14 %.") == 1
    assert "volume.free_ratio" in text
    assert "volume.free_bytes" in text
