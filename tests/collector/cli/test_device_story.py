import json

import pytest

from tests.collector.cli.conftest import Run


def test_software_says_since_when(run: Run) -> None:
    text = run("device", "software", "ws-sick").stdout
    items = json.loads(run("device", "software", "ws-sick", "--text", "HTO", "-o", "json").stdout)
    sheet = run("device", "software", "ws-sick", "-o", "csv").stdout.splitlines()

    assert "bash" in text
    assert "2026-11-" in text
    assert [one["name"] for one in items["items"]] == ["htop"]
    assert sheet[0] == "name,version,publisher,source,since,installed"
    assert run("device", "software", "ws-sick", "--text", "moon").stdout == "no software\n"


def test_what_happened_is_marked(run: Run) -> None:
    stretch = ("--since", "2026-11-01T00:00:00Z", "--until", "2026-11-21T00:00:00Z")
    text = run("device", "marks", "ws-sick", *stretch).stdout
    items = json.loads(run("device", "marks", "ws-sick", *stretch, "-o", "json").stdout)["items"]
    sheet = run("device", "marks", "ws-sick", *stretch, "-o", "csv").stdout.splitlines()

    assert "#1" in text
    assert {one["kind"] for one in items} == {"alert", "ticket", "change"}
    assert sheet[0] == "at,kind,text,until,ticket"
    assert len(sheet) == len(items) + 1


def test_two_moments_are_compared(run: Run) -> None:
    stretch = ("--since", "2026-11-01T00:00:00Z", "--until", "2026-11-21T00:00:00Z")
    found = json.loads(run("device", "diff", "ws-sick", *stretch, "-o", "json").stdout)
    text = run("device", "diff", "ws-sick", *stretch)
    sheet = run("device", "diff", "ws-sick", *stretch, "-o", "csv").stdout.splitlines()

    assert sheet[0] == "section,kind,path,old,new"
    assert len(sheet) - 1 == len(found["changes"])
    assert bool(found["unknown"]) == ("not known so far back" in text.stderr)


@pytest.mark.parametrize("command", ["software", "marks", "diff"])
def test_what_is_no_device(run: Run, command: str) -> None:
    result = run("device", command, "moon")

    assert result.exit_code == 1
    assert "moon" in result.stderr
