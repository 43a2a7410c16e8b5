"""`sickbay problem` against a served fleet."""

import json

from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic
from tests.collector.web.test_problem_records import raise_one


def test_problem_from_list_to_closure(run: Run, clinic: Clinic) -> None:
    number = str(raise_one(clinic))
    listed = run("problem", "ls")
    shown = run("problem", "show", number)
    for command in ("workaround", "known-error", "fix"):
        assert run("problem", command, number, "-m", "text").exit_code == 0
    assert run("problem", "own", number, "-o", "csv").exit_code == 0
    assert run("problem", "resolve", number).exit_code == 0
    closed = run("problem", "close", number, "-o", "json")

    assert "größe" in listed.output
    assert "1 incidents" in shown.output
    assert json.loads(closed.output)["state"] == "closed"
    assert "no problems" in run("problem", "ls").output
    assert run("problem", "ls", "--all", "-o", "csv").output.startswith("number,")
    assert "is closed" in run("problem", "own", number).output
