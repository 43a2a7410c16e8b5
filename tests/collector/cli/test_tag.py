import json

from tests.collector.cli.conftest import Run


def test_tags_are_given_listed_and_taken(run: Run) -> None:
    assert run("tag", "ls").stdout == "no tags\n"
    assert run("tag", "add", "Lab", "ws-sick", "ws-well").stdout == "2 changed\n"
    assert run("tag", "add", "lab", "ws-sick").stdout == "nothing changed\n"
    assert "lab" in run("tag", "ls").stdout
    assert run("tag", "ls", "-o", "csv").stdout.splitlines()[1:] == ["lab,2"]
    done = json.loads(run("tag", "remove", "lab", "ws-sick", "-o", "json").stdout)
    assert len(done["changed"]) == 1
    assert run("tag", "remove", "lab", "ws-well", "-o", "csv").stdout.splitlines()[0] == "device_id"


def test_what_is_no_tag_is_said_in_one_line(run: Run) -> None:
    result = run("tag", "add", "two words", "ws-sick")

    assert result.exit_code == 1
    assert "cannot be in it" in result.stderr
