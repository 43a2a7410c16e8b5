import json

from tests.collector.cli.conftest import Run


def test_costs_links_and_cases_show_in_one_table(run: Run) -> None:
    run("ticket", "open", "two")
    run("ticket", "link", "1", "caused_by", "2")
    run("ticket", "time", "1", "30", "-m", "Cleaned it.", "--rate", "60")
    run("ticket", "vendor", "1", "Example Corp", "--case", "4711")
    text = run("ticket", "part", "1", "Battery", "--price", "49.90", "--quantity", "2").stdout

    for said in ("#1 caused by #2", "30 min Cleaned it.", "30.00 EUR", "99.80 EUR", "4711: open"):
        assert said in text


def test_what_is_added_can_be_taken_away(run: Run) -> None:
    run("ticket", "open", "two")
    run("ticket", "link", "1", "child_of", "2")
    booked = json.loads(run("ticket", "time", "1", "5", "-m", "x", "-o", "json").stdout)
    run("ticket", "cost-off", "1", booked["costs"][0]["cost_id"])
    left = json.loads(run("ticket", "link", "1", "child_of", "#2", "--off", "-o", "json").stdout)

    assert (left["links"], left["costs"]) == ([], [])
    assert "nobody watches it" in run("ticket", "parts", "1").stdout


def test_vendor_case_closes(run: Run) -> None:
    opened = json.loads(run("ticket", "vendor", "1", "Example Corp", "-o", "json").stdout)
    case_id = opened["vendor_cases"][0]["case_id"]
    text = run("ticket", "vendor-close", "1", case_id, "-m", "Sent one.").stdout

    assert "Example Corp : closed" in text


def test_merge_and_split(run: Run) -> None:
    run("ticket", "note", "1", "-m", "Printer, too.")
    made = run("ticket", "split", "1", "Printer jams", "--worklog", "2").stdout
    merged = run("ticket", "merge", "2", "1").stdout

    assert "From ticket 1: Printer, too." in made
    assert "goes on in" in merged


def test_unknown_watcher_is_one_line(run: Run) -> None:
    result = run("ticket", "watch", "1", "nobody", "--technician")

    assert result.exit_code == 1
    assert "no technician 'nobody'" in result.stderr
