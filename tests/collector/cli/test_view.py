import json

from tests.collector.cli.conftest import Run


def test_views_are_saved_listed_and_dropped(run: Run) -> None:
    assert run("view", "ls").stdout == "no views\n"
    assert run("view", "save", "Labs", "tag=lab", "--shared").stdout.startswith("kept Labs: ")
    assert "tag=lab" in run("view", "ls").stdout
    assert run("view", "ls", "-o", "csv").stdout.splitlines()[0].startswith("name,query")
    kept = json.loads(run("view", "save", "Labs", "tag=lab", "-o", "json").stdout)
    assert run("view", "drop", kept["view_id"]).stdout == "taken away\n"
    assert run("view", "save", "x", "moon=1").exit_code == 1
