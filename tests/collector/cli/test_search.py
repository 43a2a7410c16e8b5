import json

import pytest

from tests.collector.cli.conftest import Run


def test_what_is_called_so_is_listed(run: Run) -> None:
    text = run("search", "ws").stdout
    found = json.loads(run("search", "ws", "--limit", "1", "-o", "json").stdout)["items"]
    sheet = run("search", "ws-sick", "-o", "csv").stdout.splitlines()

    assert "ws-sick" in text
    assert "ws-well" in text
    assert [one["kind"] for one in found].count("device") == 1
    assert sheet[0] == "kind,title,detail,key"
    assert sheet[1].startswith("device,ws-sick")


def test_several_words_are_one_line(run: Run) -> None:
    assert run("search", "no", "such", "thing").stdout == "nothing has this name\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param((), 2, id="nothing"),
        pytest.param(("ws", "--limit", "51"), 2, id="too many"),
        pytest.param(("x" * 300,), 1, id="too long"),
    ],
)
def test_what_cannot_be_searched(run: Run, arguments: tuple[str, ...], code: int) -> None:
    assert run("search", *arguments).exit_code == code
