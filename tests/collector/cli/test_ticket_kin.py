import json

from tests.collector.cli.conftest import Run


def test_what_is_like_a_ticket_is_listed(run: Run) -> None:
    first, second = (
        json.loads(run("ticket", "open", "Fan", "--category", "hardware", "-o", "json").stdout)
        for _ in range(2)
    )
    run("ticket", "resolve", str(first["number"]), "-m", "Blew the dust out.")
    number = str(second["number"])
    items = json.loads(run("ticket", "similar", number, "-o", "json").stdout)["items"]

    assert first["number"] in [one["number"] for one in items]
    assert "Blew the dust out." in run("ticket", "similar", number).stdout
    header = run("ticket", "similar", number, "-o", "csv").stdout.splitlines()[0]
    assert header == "number,status,opened_at,hostname,title,assignee,resolution"
    assert run("ticket", "similar", "77").exit_code == 1


def test_a_category_is_suggested_for_what_a_caller_says(run: Run) -> None:
    assert "password" in run("ticket", "suggest", "forgot", "the", "password").stdout
    assert run("ticket", "suggest", "zzz").stdout == "nothing is known of it\n"
    sheet = run("ticket", "suggest", "password", "-o", "csv").stdout.splitlines()
    assert sheet[0] == "category,subcategory,because,weight"
    assert json.loads(run("ticket", "suggest", "password", "-o", "json").stdout)["items"]
