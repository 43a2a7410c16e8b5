import json

from tests.collector.cli.conftest import Run


def test_what_waits_is_counted_by_queue(run: Run) -> None:
    items = json.loads(run("queue", "ls", "-o", "json").stdout)["items"]
    sheet = run("queue", "ls", "-o", "csv").stdout.splitlines()
    text = run("queue", "ls").stdout

    assert sum(one["waiting"] for one in items) == 1
    assert sheet[0] == "tier,queue,waiting,unassigned,mine,pressing,late,oldest_at"
    assert len(sheet) == len(items) + 1 == len(text.splitlines())


def test_the_tickets_of_a_tier_and_of_a_queue_are_listed(run: Run) -> None:
    items = json.loads(run("queue", "ls", "-o", "json").stdout)["items"]
    full = next(one for one in items if one["waiting"])

    assert "#1" in run("queue", "show", full["tier"]).stdout
    assert "#1" in run("queue", "show", full["tier"], full["queue"]).stdout
    assert run("queue", "show", full["tier"], "-o", "csv").stdout.startswith("number,priority")


def test_a_queue_that_is_not_there_is_told_from_an_empty_one(run: Run) -> None:
    for wrong in (("L9",), ("L1", "moon")):
        result = run("queue", "show", *wrong)

        assert result.exit_code == 1
        assert f"there is no queue '{' '.join(wrong)}'; there are: L1" in result.stderr
