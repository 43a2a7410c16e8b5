import json

from tests.collector.cli.conftest import Run


def test_major_incident_from_declaration_to_update(run: Run) -> None:
    run("ticket", "major", "1", "--owner", "ann", "--update-every", "15m", "-m", "All are down.")
    text = run("ticket", "incident", "1").stdout
    updated = json.loads(run("ticket", "update", "1", "-m", "Half works.", "-o", "json").stdout)

    assert "led by ann" in text
    assert "every 0:15:00" in text
    assert "heard of by nobody" in text
    assert updated["updates"] == 1


def test_subscribers_come_and_go(run: Run) -> None:
    run("ticket", "major", "1", "-m", "All are down.")
    run("person", "add", "Ada", "--email", "ada@example.com")

    subscribed = run("ticket", "subscribe", "1", "person:ada@example.com").stdout
    gone = run("ticket", "subscribe", "1", "person:ada@example.com", "--off").stdout

    assert "heard of by person:" in subscribed
    assert "heard of by nobody" in gone


def test_what_is_wrong_is_said(run: Run) -> None:
    result = run("ticket", "major", "1", "--update-every", "soon", "-m", "x")
    assert (result.exit_code, "'soon' is no time like 90m" in result.output) == (2, True)

    none = run("ticket", "incident", "1")
    assert (none.exit_code, "ticket 1 is no major incident" in none.output) == (1, True)
