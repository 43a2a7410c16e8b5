"""What is promised, as the commands show it, at a desk with the shipped defaults."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic, Template
from tests.collector.settled_desk import open_settled


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk that is configured."""
    with open_settled(template, tmp_path) as opened:
        yield opened


def test_policies_are_listed_in_order(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("sla", "ls", "-o", "csv").stdout)))

    assert [row["policy_id"] for row in rows][:3] == [
        "network-outage",
        "software-request",
        "urgent",
    ]
    assert rows[0]["fits"] == "priority urgent; category network"
    assert (rows[0]["response"], rows[0]["resolution"]) == ("15 min (always)", "")
    assert (rows[2]["pauses"], rows[3]["resolution"]) == ("user, vendor, change", "8 h (business)")
    assert "network-outage" in run("sla", "ls").stdout


def test_policy_is_shown_with_its_hours(run: Run) -> None:
    said = run("sla", "show", "high").stdout
    found = json.loads(run("sla", "show", "high", "-o", "json").stdout)

    assert "calendar business, UTC" in said
    assert "Mon  08:00-17:00" in said
    assert "Sun  closed" in said
    assert [one["calendar_id"] for one in found["calendars"]] == ["business"]


def test_unknown_policy_is_one_line_that_names_those_there_are(run: Run) -> None:
    done = run("sla", "show", "gold")

    assert done.exit_code == 1
    assert done.output.startswith("Error: no policy 'gold' is in force; there are: network-outage,")


def test_explaining_is_the_arithmetic_of_the_ticket(run: Run) -> None:
    said = run("sla", "explain", "1")

    assert said.exit_code == 0
    assert said.stdout == run("ticket", "sla", "1").stdout
