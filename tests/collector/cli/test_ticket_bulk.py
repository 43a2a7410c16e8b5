"""`sickbay ticket bulk`: a result for each, and an exit code for all."""

import json

import pytest
from click.testing import Result

from sickbay_collector.services.access import Role
from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic


@pytest.fixture
def fed(bare_run: Run, clinic: Clinic, url: str) -> Run:
    """Run `sickbay` with something on standard input."""

    def run_there(*arguments: str, stdin: str) -> Result:
        token = clinic.tokens[Role.TECHNICIAN]
        return bare_run(*arguments, stdin=stdin, SICKBAY_URL=url, SICKBAY_TOKEN=token)

    return run_there


def opened(run: Run, count: int) -> list[str]:
    found = [run("ticket", "open", f"Fan {one}", "-o", "json").stdout for one in range(count)]
    return [str(json.loads(one)["number"]) for one in found]


def test_all_done_is_exit_code_zero(run: Run) -> None:
    numbers = opened(run, 2)
    done = run("ticket", "bulk", "assign", "--to", "ben", *numbers, "-o", "json")
    items = json.loads(done.stdout)["items"]

    assert done.exit_code == 0
    assert [one["ticket"] for one in items] == numbers
    assert {one["assignee"] for one in items} == {"ben"}


def test_some_done_is_exit_code_three_with_a_line_for_each(run: Run) -> None:
    result = run("ticket", "bulk", "take", "#1", "77", "-o", "csv")
    header, first, second = result.stdout.splitlines()

    assert result.exit_code == 3
    assert header == "ticket,is_done,status,assignee,problem"
    assert first.startswith("1,true,assigned,")
    assert second.startswith("77,false,,,")
    assert "77" in second.rpartition(",")[2]


def test_none_done_is_exit_code_one(run: Run) -> None:
    result = run("ticket", "bulk", "macro", "--id", "burn", "1")

    assert result.exit_code == 1
    assert "burn" in result.stdout
    assert run("ticket", "bulk", "ack", "77").exit_code == 1


def test_numbers_come_from_standard_input_each_once(run: Run, fed: Run) -> None:
    numbers = opened(run, 2)
    text = "number\n" + "\n".join([*numbers, numbers[0]])
    result = fed("ticket", "bulk", "ack", "-", "-o", "json", stdin=text)

    assert result.exit_code == 0, result.output
    assert [one["ticket"] for one in json.loads(result.stdout)["items"]] == numbers
    assert fed("ticket", "bulk", "ack", "-", stdin="").exit_code == 2


def test_more_than_one_request_takes(run: Run) -> None:
    """The API takes a hundred at once."""
    numbers = [str(number) for number in range(1, 151)]
    result = run("ticket", "bulk", "take", *numbers, "-o", "json")
    items = json.loads(result.stdout)["items"]

    assert result.exit_code == 3
    assert [one["ticket"] for one in items] == numbers
    assert [one["is_done"] for one in items].count(True) == 1


@pytest.mark.parametrize("act", ["take", "ack", "assign", "macro"])
def test_each_has_examples_and_says_what_its_exit_codes_mean(run: Run, act: str) -> None:
    text = run("ticket", "bulk", act, "--help").stdout

    assert "Examples:" in text
    assert "Exit code 1" in text
