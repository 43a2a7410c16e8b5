"""`sickbay silence`, `sickbay window` and `sickbay alert` against a served fleet."""

import json

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import ALERT


def test_preview_and_what_is_not_there(run: Run) -> None:
    preview = run("silence", "preview", "--rule", "disk.*")

    assert "covers 3 devices" in preview.output
    assert "1 alerts open now" in preview.output
    assert "no silences" in run("silence", "ls").output
    assert "no silence has the number 1" in run("silence", "expire", "1").output


def test_silence_until_a_moment(run: Run) -> None:
    """The fleet's clock stands still, so the moment is named."""
    arguments = ("--rule", "disk.*", "--for", "2026-11-21T08:00+00:00", "-m", "known")
    added = run("silence", "add", *arguments, "-o", "json")
    extended = run("silence", "extend", "1", "--for", "2026-11-25T08:00+00:00")
    shown = run("silence", "show", "1")
    listed = run("silence", "ls", "-o", "csv")
    expired = run("silence", "expire", "1", "-o", "json")

    assert json.loads(added.output)["reason"] == "known"
    assert extended.exit_code == 0
    assert "it muted no alert" in shown.output
    assert "rule disk.*" in listed.output
    assert json.loads(expired.output)["ended_by"] == "technician.doe"
    assert run("silence", "show", "1", "-o", "csv").output.startswith("rule_id,")


def test_window_from_plan_to_end(run: Run) -> None:
    added = run(
        "window", "add", "Patch night", "--device", "ws-*", "--start", "2026-11-29T02:00",
        "--zone", "Europe/Berlin", "--length", "2h", "--rrule", "FREQ=WEEKLY",
        "--until", "2027-01-31T00:00+00:00", "-m", "patches", "-o", "json",
    )  # fmt: skip
    listed = run("window", "ls")
    shown = run("window", "show", "1")
    plain = run("window", "show", "1", "-o", "json")
    rows = run("window", "show", "1", "-o", "csv")
    cancelled = run("window", "cancel", "1", "-o", "csv")

    assert json.loads(added.output)["starts_at"] == "2026-11-29T01:00:00Z"
    assert "Patch night" in listed.output
    assert "planned" in shown.output
    assert json.loads(plain.output)["occurrences"][0]["state"] == "planned"
    assert rows.output.startswith("occurrence,state,")
    assert "cancelled" in cancelled.output
    assert "no maintenance windows" in run("window", "ls").output
    assert run("window", "preview", "--device", "ws-*", "-o", "csv").exit_code == 0


def test_alerts_are_listed(run: Run) -> None:
    listed = run("alert", "ls")
    plain = run("alert", "ls", "--device", "ws-sick", "-o", "json")

    assert "disk.full.crit" in listed.output
    assert len(json.loads(plain.output)) == 1
    assert "no alerts" in run("alert", "ls", "--suppressed").output
    assert run("alert", "ls", "--all", "--since", "2026-11-01", "-o", "csv").exit_code == 0


def test_alert_is_shown_with_its_evidence(run: Run) -> None:
    shown = run("alert", "show", ALERT)

    assert "The volume / has 2 % free." in shown.output
    assert "below 10 %" in shown.output
    assert "opened" in shown.output
    assert json.loads(run("alert", "show", ALERT, "-o", "json").output)["urgency"] == 1
    assert run("alert", "show", ALERT, "-o", "csv").output.startswith("at,kind,text")
    assert "no alert has the id" in run("alert", "show", "nothing").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("silence", "add", "--for", "8h", "-m", "x"), "name which alerts"),
        (("silence", "add", "--rule", "x", "--for", "soon", "-m", "x"), "soon"),
        (("silence", "add", "--rule", "x", "-m", "x"), "--for"),
        (("window", "preview"), "name which alerts"),
        (
            (
                *("window", "add", "x", "--device", "*", "--start", "x", "--zone", "UTC"),
                *("--length", "long", "-m", "x"),
            ),
            "no length of time",
        ),
    ],
)
def test_usage_says_what_to_name(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.output
