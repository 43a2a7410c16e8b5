import json

import pytest

from tests.collector.cli.conftest import Run


def test_open_then_edit_assign_and_wait(run: Run) -> None:
    opened = run(
        "ticket",
        "open",
        "Printer jams",
        "--source",
        "phone",
        "--category",
        "hardware",
        "-o",
        "json",
    )
    number = str(json.loads(opened.stdout)["number"])
    run("ticket", "edit", number, "--affected", "40", "--subcategory", "printer")
    run("ticket", "assign", number, "ben")
    run("ticket", "take", number)
    text = run("ticket", "wait", number, "--on", "vendor", "-m", "Ordered rollers.").stdout

    assert "Printer jams" in text
    assert "pending vendor" in text
    assert "hardware / printer" in text
    assert "40 devices or people" in text


def test_solved_at_once_with_codes(run: Run) -> None:
    text = run("ticket", "open", "Password", "--solved", "Set a new one.", "--mode", "self").stdout

    assert "Set a new one. (self)" in text


def test_same_key_opens_one_ticket(run: Run) -> None:
    numbers = {
        json.loads(run("ticket", "open", "x", "--key", "k", "-o", "json").stdout)["number"]
        for _ in range(2)
    }

    assert len(numbers) == 1


def test_note_major_cancel_and_reopen(run: Run) -> None:
    run("ticket", "note", "1", "-m", "Seen.", "--public")
    major = run("ticket", "major", "1", "-m", "All are down.").stdout
    run("ticket", "resolve", "1", "-m", "Done.", "--cause", "wear", "--code", "replaced")
    reopened = run("ticket", "reopen", "1", "-m", "Not done.").stdout
    cancelled = run("ticket", "cancel", "1", "-m", "A test.", "--code", "refused").stdout

    assert "a major incident" in major
    assert "reopened" in reopened
    assert "cancelled" in cancelled


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("open", "x", "--mode", "self"), 2, "name --solved", id="mode alone"),
        pytest.param(("open", "x", "--impact", "4"), 2, "1<=x<=3", id="impact"),
        pytest.param(("open", "x", "--site", "moon"), 1, "site 'moon' is unknown", id="site"),
        pytest.param(("edit", "1"), 1, "nothing to change", id="nothing"),
        pytest.param(("wait", "1", "-m", "x"), 2, "--on", id="for whom"),
        pytest.param(("cancel", "1", "-m", "x", "--code", "solved"), 2, "--code", id="code"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("ticket", *arguments)

    assert code == result.exit_code
    assert said in result.stderr
