"""A contact finds its specialist: from the command line over the API to the database and back.

Configuration, database, API, command line and timers are the real ones; the clock is ours.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sickbay_collector.cli import main
from sickbay_collector.services.access import Role
from sickbay_collector.services.tier_limits import TIER_LIMIT
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import run_due
from tests.collector.clinic import Clinic, make_template, open_clinic, serving
from tests.collector.routed import TEAM, a_book
from tests.collector.served import api_on

# A Wednesday; business hours are 08:00 to 17:00 UTC.
WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEADLOCK = "Payroll: ORA-00060, deadlock in the database"

Record = dict[str, Any]
Sickbay = Callable[..., Record]


class Desk:
    """A collector on a clock of ours, and the command line to it."""

    def __init__(self, clinic: Clinic, url: str, home: Path) -> None:
        self.clinic = clinic
        self.clinic.now = WEDNESDAY
        self._env = {
            "SICKBAY_URL": url,
            "SICKBAY_TOKEN": clinic.tokens[Role.TECHNICIAN],
            "HOME": str(home),
            "NO_COLOR": "1",
        }

    def sickbay(self, *arguments: str) -> Record:
        """Run `sickbay ticket` and return what it answers."""
        result = CliRunner().invoke(main, ["ticket", *arguments, "-o", "json"], env=self._env)
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))

    def opened(self, title: str) -> Record:
        """Somebody calls."""
        return self.sickbay("open", title, "--source", "phone", "--category", "software")

    def at(self, now: datetime) -> None:
        """Let the time come; what is due is done as each second."""
        self.clinic.now = now
        run_due(
            self.clinic.open_reads,
            self.clinic.open_writes,
            {TIER_LIMIT: HANDLERS[TIER_LIMIT]},
            now,
            lambda _: False,
            told=lambda _: None,
        )


def _desk(folder: Path, team: str) -> Iterator[Desk]:
    book = a_book(folder, team)
    template = make_template(folder)
    with (
        open_clinic(template, folder, book=lambda: book) as clinic,
        serving(api_on(clinic.context())) as url,
    ):
        yield Desk(clinic, url, folder)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with five technicians, of whom dora and emil know databases."""
    yield from _desk(tmp_path, TEAM)


@pytest.fixture
def bare_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk where nobody knows databases well enough."""
    yield from _desk(tmp_path, TEAM.replace("database: 4", "linux: 4").replace("database: 5", ""))


def test_a_database_error_goes_to_the_specialist_past_the_general_queue(desk: Desk) -> None:
    database, other = desk.opened(DEADLOCK), desk.opened("The calendar is empty")
    why = desk.sickbay("why", str(database["number"]))

    assert (database["tier"], database["queue"], database["assignee"]) == (
        "L2",
        "databases",
        "dora",
    )
    assert (other["tier"], other["queue"]) == ("L1", "service-desk")
    assert [one["tier"] for one in why["rankings"]] == ["L2"]
    assert "L1" not in {entry["after"].get("tier") for entry in database["worklog"]}


def test_nobody_qualified_says_so_and_picks_nobody(bare_desk: Desk) -> None:
    ticket = bare_desk.opened(DEADLOCK)
    why = bare_desk.sickbay("why", str(ticket["number"]))

    assert (ticket["tier"], ticket["queue"], ticket["assignee"], ticket["status"]) == (
        "L2",
        "databases",
        "",
        "new",
    )
    assert "nobody is qualified, it waits unassigned" in ticket["routing_reason"]
    assert [(one["tier"], one["candidate_count"]) for one in why["rankings"]] == [
        ("L2", 0),
        ("L3", 0),
    ]
    assert {one["missing"] for ranking in why["rankings"] for one in ranking["refusals"]} == {
        "skill"
    }


def test_it_goes_up_by_hand_and_by_time_and_nobody_repeats_a_step(desk: Desk) -> None:
    number = str(desk.opened("The calendar is empty")["number"])
    desk.clinic.now = WEDNESDAY + HOUR
    raised = desk.sickbay("escalate", number, "--missing", "access", "-m", "I have no rights.")
    # Eight hours of business time from ten o'clock: seven today, one tomorrow.
    end = WEDNESDAY + timedelta(days=1)
    desk.at(end - timedelta(seconds=1))
    before = desk.sickbay("show", number)
    desk.at(end)
    desk.at(end)
    after = desk.sickbay("show", number)
    desk.at(end + timedelta(days=20))

    assert (raised["tier"], before["tier"], after["tier"]) == ("L2", "L2", "L3")
    assert after["worklog"][: len(before["worklog"])] == before["worklog"]
    assert [entry["event"] for entry in after["worklog"]] == [
        "opened",
        "assigned",
        "escalated",
        "assigned",
        "escalated",
        "assigned",
    ]
    assert "Missing: access. I have no rights." in after["worklog"][2]["text"]
    assert "Missing: time. The 8h of tier L2 are used" in after["worklog"][4]["text"]
    assert desk.sickbay("show", number)["tier"] == "L3"
