import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.routed import a_book


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with technicians."""
    book = a_book(tmp_path)
    with open_clinic(template, tmp_path, book=lambda: book) as opened:
        yield opened


def test_escalating_then_asking_why(run: Run) -> None:
    escalated = run("ticket", "escalate", "1", "--missing", "access", "-m", "needs the server room")
    text = run("ticket", "why", "1").stdout

    assert escalated.exit_code == 0, escalated.output
    assert "Escalated from L1 to L2. Missing: access." in escalated.stdout
    assert "#1  tier L2, queue specialists" in text
    assert "Escalated, " in text
    assert "has none of storage" in text
    assert "goes to L3 at" in text


def test_rerouting_shows_the_ticket(run: Run) -> None:
    result = run("ticket", "reroute", "1", "-m", "a new colleague")

    assert result.exit_code == 0, result.output
    assert "Routed anew: a new colleague" in result.stdout


def test_why_as_json_and_csv(run: Run) -> None:
    run("ticket", "escalate", "1", "--missing", "time", "-m", "busy")
    found = json.loads(run("ticket", "why", "1", "-o", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(run("ticket", "why", "1", "-o", "csv").stdout)))

    assert found["rankings"][0]["cause"] == "escalated"
    assert [row["login"] for row in rows] == ["cleo", "dora"]
    assert rows[0]["load"] == "25.0"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("why", "77"), 1, "no ticket has the number or id 77", id="unknown"),
        pytest.param(("escalate", "1", "-m", "x"), 2, "--missing", id="missing-what"),
        pytest.param(("escalate", "1", "--missing", "time"), 2, "--reason", id="no-reason"),
        pytest.param(
            ("escalate", "1", "--missing", "money", "-m", "x"), 2, "skill", id="unknown-lack"
        ),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("ticket", *arguments)

    assert result.exit_code == code
    assert said in result.stderr
