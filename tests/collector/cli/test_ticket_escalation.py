import csv
import io
import json

import pytest

from tests.collector.cli.conftest import Run
from tests.collector.clinic import Clinic
from tests.collector.escalation_builders import add_run


def test_escalation_names_what_was_done_and_what_is_to_come(clinic: Clinic, run: Run) -> None:
    assert "ticket 1 has no escalation" in run("ticket", "escalation", "1").stdout
    add_run(clinic.open_writes)

    text = run("ticket", "escalation", "1").stdout
    rows = list(csv.DictReader(io.StringIO(run("ticket", "escalation", "1", "-o", "csv").stdout)))

    for said in ("Escalation urgent of ticket 1: notified", "ann on call", "tell the manager"):
        assert said in text
    assert [(row["kind"], row["done"]) for row in rows] == [
        ("notify", "yes"),
        ("tell_manager", "to come"),
        ("raise_tier", "to come"),
    ]


def test_ack_and_snooze(clinic: Clinic, run: Run) -> None:
    add_run(clinic.open_writes)

    snoozed = json.loads(
        run("ticket", "snooze", "1", "--for", "4h", "-m", "noon", "-o", "json").stdout
    )
    acked = run("ticket", "ack", "#1").stdout

    assert snoozed["snoozed_until"] == "2026-11-20T16:30:00Z"
    assert "acked" in acked
    assert "technician.doe takes care of it" in acked


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(("-m", "r"), 2, "say either --for or --until", id="neither"),
        pytest.param(
            ("--for", "soon", "-m", "r"), 2, "'soon' is no time like 90m, 4h or 2d", id="no time"
        ),
        pytest.param(("--for", "8d", "-m", "r"), 1, "604800", id="over seven days"),
        pytest.param(("--until", "monday", "-m", "r"), 1, "until", id="no moment"),
        pytest.param(("--for", "1h"), 2, "--reason", id="no reason"),
    ],
)
def test_snooze_that_is_refused(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("ticket", "snooze", "1", *arguments)

    assert result.exit_code == code
    assert said in result.output
