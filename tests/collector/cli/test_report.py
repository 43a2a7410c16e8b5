import csv
import io
import json

from tests.collector.cli.conftest import Run


def test_figures_of_the_desk(run: Run) -> None:
    run("ticket", "resolve", "1", "-m", "Freed space.")

    text = run("report", "kpi").stdout

    assert "Resolved" in text
    assert ["Backlog", "0"] in [line.split() for line in text.splitlines()]


def test_the_three_outputs_agree(run: Run) -> None:
    run("ticket", "resolve", "1", "-m", "Freed space.")

    # By our clock; what is usual ends now, by the machine's.
    asked = ("report", "kpi", "--since", "2026-11-01", "--until", "2026-12-01", "--by", "tier")
    found = json.loads(run(*asked, "-o", "json").stdout)
    (row,) = csv.DictReader(io.StringIO(run(*asked, "-o", "csv").stdout))
    table = run(*asked).stdout

    (item,) = found["items"]
    assert row["group"] == item["group"] == "L1"
    assert float(row["resolve_mean_s"]) == item["resolve_mean_s"]
    assert set(row) == set(item)
    assert table.splitlines()[1].startswith("L1")


def test_a_period_in_which_nothing_happened(run: Run) -> None:
    text = run("report", "kpi", "--since", "900d", "--until", "800d", "--by", "site").stdout

    assert text == "nothing happened in that time\n"
