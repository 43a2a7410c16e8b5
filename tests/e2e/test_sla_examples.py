"""The two published examples that the default promises hold, each to its end, over a weekend too.

A critical network outage is answered within 15 minutes, around the clock. A standard software
request is fulfilled within 24 hours, elapsed. Database, API and command line are the real ones;
the clock is ours.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from sickbay_collector.cli import main
from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.ticket import Priority, TicketSource
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.access import Role
from sickbay_collector.services.sla_files import load_sla
from sickbay_collector.services.sla_sweep import sweep
from sickbay_collector.services.ticket_writes import insert_ticket
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.clinic import SICK, Clinic, a_ticket, make_template, open_clinic, serving
from tests.collector.desk_builders import a_change, a_device, a_rule
from tests.collector.served import api_on

# In the night from Friday to Saturday, and a Friday half an hour before the office closes.
SATURDAY_NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

Record = dict[str, Any]


class Desk:
    """A collector on a clock of ours."""

    def __init__(self, clinic: Clinic, api: TestClient) -> None:
        self.clinic = clinic
        self.api = api

    def network_outage(self, at: datetime) -> Record:
        """An urgent alert about the network of a device that matters comes in."""
        device = a_device(criticality=Criticality.HIGH, device_id=DeviceId(SICK))
        rule = a_rule(
            id="network.down",
            family="network.down",
            category="network",
            urgency=1,
            minimum_priority=None,
        )
        return self._opened(
            at,
            lambda uow: apply_alert_changes(
                uow,
                device,
                [a_change(ChangeKind.OPENED, rule=rule, at=at)],
                now=at,
                new_id=lambda: f"0195a000-0000-7000-8000-{int(at.timestamp()):012}",
            ),
        )

    def software_request(self, at: datetime) -> Record:
        """Somebody asks for a standard program."""
        request = a_ticket(
            ticket_id="0195a000-0000-7000-8000-0000000000cc",
            family=None,
            source=TicketSource.API,
            category="software",
            service="standard-software",
            priority=Priority.LOW,
            opened_at=at,
        )
        return self._opened(
            at, lambda uow: insert_ticket(uow, request, actor="ada", text="A new editor, please.")
        )

    def at(self, now: datetime) -> None:
        """Let the time come; the scheduler's sweep runs as it does each second."""
        self.clinic.now = now
        sweep(self.clinic.open_reads, self.clinic.open_writes, now, lambda _: False)

    def do(self, ticket: Record, action: str, body: Record | None = None) -> None:
        path = f"/api/v1/tickets/{ticket['number']}/{action}"
        done = self.api.post(path, json=body, headers={"If-Match": "*"})
        assert done.status_code == 200, done.text

    def clock(self, ticket: Record, target: str) -> Record:
        """What `/api/v1/tickets/{id}/sla` says of a target."""
        found = self.api.get(f"/api/v1/tickets/{ticket['number']}/sla").json()
        (clock,) = [one for one in found["clocks"] if one["target"] == target]
        assert clock["used_s"] == pytest.approx(sum(line["counted_s"] for line in clock["lines"]))
        return dict(clock)

    def events(self, ticket: Record) -> list[str]:
        shown = self.api.get(f"/api/v1/tickets/{ticket['number']}").json()
        return [entry["event"] for entry in shown["worklog"]]

    def listed(self, ticket: Record) -> Record:
        """What the list of tickets says of the clock that presses most."""
        items = self.api.get("/api/v1/tickets").json()["items"]
        (item,) = [one for one in items if one["number"] == ticket["number"]]
        return dict(item["sla"])

    def _opened(self, at: datetime, work: Callable[[Any], object]) -> Record:
        self.clinic.now = at
        with self.clinic.open_writes() as uow:
            work(uow)
            uow.commit()
        items = self.api.get("/api/v1/tickets").json()["items"]
        return dict(max(items, key=lambda item: item["number"]))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with the default promises."""
    book = DeskBook(sla=load_sla([], today=date(2026, 11, 22)))
    template = make_template(tmp_path)
    with (
        open_clinic(template, tmp_path, book=lambda: book) as clinic,
        TestClient(api_on(clinic.context())) as api,
    ):
        api.headers.update(clinic.bearer(Role.TECHNICIAN))
        yield Desk(clinic, api)


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(WEDNESDAY, id="in the week"),
        pytest.param(SATURDAY_NIGHT, id="at the weekend, by night"),
    ],
)
def test_critical_network_outage_is_answered_within_15_minutes(
    desk: Desk, opened: datetime
) -> None:
    ticket = desk.network_outage(opened)
    listed = desk.listed(ticket)
    desk.at(opened + 14 * MINUTE)
    desk.do(ticket, "take")
    desk.at(opened + 20 * MINUTE)
    clock = desk.clock(ticket, "response")

    assert ticket["priority"] == "urgent"
    assert (listed["target"], listed["state"]) == ("response", "running")
    assert datetime.fromisoformat(listed["due_at"]) == opened + 15 * MINUTE
    assert (clock["policy"], clock["state"], clock["used_s"]) == ("network-outage", "met", 840)
    assert desk.events(ticket) == ["opened", "sla_warned", "taken"]


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(WEDNESDAY, id="in the week"),
        pytest.param(SATURDAY_NIGHT, id="at the weekend, by night"),
    ],
)
def test_critical_network_outage_that_nobody_answers_is_escalated(
    desk: Desk, opened: datetime
) -> None:
    ticket = desk.network_outage(opened)
    desk.at(opened + 15 * MINUTE)
    in_time = desk.events(ticket)
    desk.at(opened + 15 * MINUTE + SECOND)
    desk.at(opened + 15 * MINUTE + 2 * SECOND)
    desk.do(ticket, "take")

    assert in_time == ["opened", "sla_warned"]
    assert desk.events(ticket) == ["opened", "sla_warned", "sla_breached", "taken"]
    assert desk.clock(ticket, "response")["state"] == "breached"


@pytest.mark.parametrize(
    ("opened", "after", "state"),
    [
        pytest.param(WEDNESDAY, 24 * HOUR, "met", id="in the week, in time"),
        pytest.param(WEDNESDAY, 24 * HOUR + SECOND, "breached", id="in the week, too late"),
        pytest.param(FRIDAY, 24 * HOUR, "met", id="over a weekend, in time"),
        pytest.param(FRIDAY, 24 * HOUR + SECOND, "breached", id="over a weekend, too late"),
    ],
)
def test_standard_software_request_is_fulfilled_within_24_hours_elapsed(
    desk: Desk, opened: datetime, after: timedelta, state: str
) -> None:
    ticket = desk.software_request(opened)
    desk.at(opened + HOUR)
    desk.do(ticket, "take")
    desk.at(opened + after)
    desk.do(ticket, "resolve", {"resolution": "Installed it."})
    clock = desk.clock(ticket, "resolution")

    assert (clock["policy"], clock["state"]) == ("software-request", state)
    assert datetime.fromisoformat(clock["due_at"]) == opened + 24 * HOUR
    assert clock["used_s"] == after.total_seconds()
    # Its answer is the office's: eight hours of business time.
    assert desk.clock(ticket, "response")["policy"] == "low"


def test_command_line_prints_the_arithmetic(desk: Desk) -> None:
    """Half an hour on Friday and six and a half on Monday are seven of eight hours."""
    ticket = desk.network_outage(FRIDAY)
    other = desk.software_request(FRIDAY)
    desk.at(FRIDAY + 70 * HOUR)
    with serving(api_on(desk.clinic.context())) as url:
        env = {
            "SICKBAY_URL": url,
            "SICKBAY_TOKEN": desk.clinic.tokens[Role.READER],
            "NO_COLOR": "1",
        }
        shown = [
            CliRunner().invoke(main, ["ticket", *arguments], env=env).stdout
            for arguments in (
                ("sla", str(other["number"])),
                ("sla", str(ticket["number"]), "-o", "json"),
                ("sla", str(other["number"]), "-o", "csv"),
                ("ls",),
            )
        ]

    assert "Response  8:00:00 by policy low in calendar business: running" in shown[0]
    assert "2026-11-20 16:30:00Z" in shown[0]
    assert "outside of calendar business" in shown[0]
    assert "used 7:00:00 of 8:00:00" in shown[0]
    assert json.loads(shown[1])["clocks"][0]["state"] == "breached"
    assert shown[2].startswith("target,begin,end,counted_s,used_s,text\n")
    assert "breached" in shown[3]
