"""The command `sickbay rota`."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic, Template, open_clinic
from tests.collector.rota_desk import ROTA_DESK


@pytest.fixture
def clinic(template: Template, tmp_path: Path) -> Iterator[Clinic]:
    """Open a copy of the fleet at a desk with rotas."""
    with open_clinic(template, tmp_path, book=lambda: ROTA_DESK) as opened:
        yield opened


def test_who_is_told_on_sunday_at_three(run: Run) -> None:
    found = run("rota", "who", "--at", "2026-11-22T03:00", "--tier", "L1", "--zone", "UTC")

    assert re.search(r"1  at once +ada .*nights.* ada's turn in week", found.stdout)
    assert re.search(r"2  then +bob", found.stdout)
    assert re.search(r"3  next tier +eve", found.stdout)


def test_nobody_is_told_and_what_to_configure(run: Run) -> None:
    found = run("rota", "who", "--at", "2026-11-20T12:00", "--zone", "UTC")

    assert "nobody is on call then: no layer has hours" in found.stdout


def test_rotas_and_who_is_on_call_now(run: Run) -> None:
    assert re.search(r"nights +L1 .*ada, bob", run("rota", "ls").stdout)
    assert re.search(r"eve +experts +L2 ", run("rota", "now").stdout)
    rows = list(csv.DictReader(io.StringIO(run("rota", "ls", "-o", "csv").stdout)))
    assert [(one["id"], one["on_call"]) for one in rows] == [("nights", ""), ("experts", "eve")]


def test_one_rota(run: Run) -> None:
    shown = run("rota", "show", "nights", "--days", "2").stdout

    assert "week: ada, bob; FREQ=WEEKLY from 2026-01-12T09:00 UTC; restricted hours" in shown
    assert len(json.loads(run("rota", "show", "nights", "-o", "json").stdout)["duties"]) == 28


def test_gaps(run: Run) -> None:
    arguments = ("rota", "gaps", "--from", "2026-11-23T00:00+00:00", "--days", "1")
    shown = run(*arguments).stdout
    (row,) = csv.DictReader(io.StringIO(run(*arguments, "-o", "csv").stdout))

    assert "nobody of tier L1; 1 more staff" in shown
    assert "tier L1: 60 min not covered" in shown
    assert (row["requirement"], row["length"]) == ("day", "60 min")


def test_staffing(run: Run) -> None:
    shown = run("rota", "staffing", "--weeks", "1", "--zone", "Europe/Berlin").stdout

    assert re.search(r"Fri +11:00 +1.0 +20 +2 +\d+ %", shown)
    assert re.search(r"office +2 +2 +Fri 11:00", shown)
    assert len(json.loads(run("rota", "staffing", "-o", "json").stdout)["hours"]) == 168


def test_feed_is_made_listed_and_revoked(run: Run, url: str) -> None:
    made = run("rota", "feed", "technician.doe")
    own, rota = made.stdout.splitlines()[:2]
    feed_id = json.loads(run("rota", "feed-ls", "-o", "json").stdout)["items"][0]["feed_id"]

    assert own.startswith(f"{url}/api/v1/technicians/technician.doe.ics?token=sbf_")
    assert rota.startswith(f"{url}/api/v1/rotas/nights.ics?token=sbf_")
    assert feed_id in made.stderr
    assert "technician.doe" in run("rota", "feed-revoke", feed_id).stdout
    assert run("rota", "feed-revoke", feed_id).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("show", "none"), 1, "no rota 'none'", id="unknown rota"),
        pytest.param(("who", "none"), 1, "no rota and no tier", id="unknown asked"),
        pytest.param(("who", "nights", "--tier", "L1"), 2, "not both", id="rota and tier"),
        pytest.param(("who", "--at", "never"), 2, "is no time like", id="no time"),
        pytest.param(("gaps", "--days", "367"), 2, "--days", id="too many days"),
        pytest.param(("feed", "ada"), 1, "only ada or an administrator", id="others' feed"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("rota", *arguments)

    assert code == result.exit_code
    assert said in result.stderr
