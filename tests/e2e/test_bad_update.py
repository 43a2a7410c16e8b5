"""A bad update on five devices of one model: one ticket stands for all, and one notice is sent.

Rules, engine, database, timers, API and command line are the real ones; devices and clock are ours.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from sickbay_collector.bootstrap.clock import new_id
from sickbay_collector.cli import main
from sickbay_collector.core.alerts.engine import AlertMemory, DeviceFacts, evaluate
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.core.sample import Sample
from sickbay_collector.db.notice_tables import outbox
from sickbay_collector.services.access import Role
from sickbay_collector.services.fleet import FleetTimers
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import run_due
from sickbay_collector.services.triage import apply_alert_changes
from sickbay_collector.web.app import make_api
from tests.collector.clinic import NOW, Clinic, a_device, make_template, open_clinic, serving
from tests.collector.routed import a_book

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BAD, WELL = 6, 20


class Fleet:
    """Simulated devices that report to a collector on our clock, and the command line to it."""

    def __init__(self, clinic: Clinic, url: str) -> None:
        self.clinic, self.rules = clinic, load_rules(())
        self._memories: dict[int, AlertMemory] = {}
        self._env = {
            "SICKBAY_URL": url,
            "SICKBAY_TOKEN": clinic.tokens[Role.TECHNICIAN],
            "NO_COLOR": "1",
        }
        with clinic.open_writes() as uow:
            for number in range(BAD + WELL):
                uow.devices.add(a_device(the_id(number), f"pc-{number:02}"))
                model = "X1" if number < BAD else "Y2"
                content = SectionContent(kind="system", facts={"model": model}, rows={})
                uow.sections.put(model.encode(), content)
                uow.sections.attach(the_id(number), "system", model.encode(), at=NOW)
            uow.commit()

    def report(self, number: int, kills: int) -> None:
        """Let a device report how often its spooler was killed since it reported last."""
        now = self.clinic.now
        sample = Sample(
            observed_at=now,
            boot_id="boot",
            readings={"crash.oom_kills": {"spooler": float(kills)}},
            volumes={},
            drives={},
        )
        facts = DeviceFacts(
            platform="linux",
            device_class=DeviceClass.WORKSTATION,
            criticality=Criticality.NORMAL,
            enrolled_at=NOW - DAY,
        )
        memory = self._memories.get(number, AlertMemory())
        self._memories[number], changes = evaluate(memory, sample, self.rules, facts, now=now)
        with self.clinic.open_writes() as uow:
            device = uow.devices.get(the_id(number))
            assert device is not None
            apply_alert_changes(uow, device, changes, now=now, new_id=new_id)
            uow.commit()

    def play(self) -> None:
        """Do what is due, as each second."""
        failed: list[object] = []
        run_due(
            self.clinic.open_reads,
            self.clinic.open_writes,
            {**HANDLERS, **FleetTimers(new_id).handlers()},
            self.clinic.now,
            lambda _: False,
            told=lambda ran: None if ran.ok else failed.append(ran.timer),
        )
        assert failed == []

    def sickbay(self, *arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments], env=self._env)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        return dict(json.loads(self.sickbay(*arguments, "-o", "json")))

    def noticed(self) -> list[str]:
        """Return the numbers of tickets that somebody was told of."""
        with self.clinic.engine.connect() as connection:
            told = select(outbox.c.ticket_id).where(outbox.c.recipient != "")
            return list(connection.execute(told).scalars())


def the_id(number: int) -> DeviceId:
    return DeviceId(f"0195a000-0000-7000-8000-{number + 100:012}")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    book = a_book(tmp_path, "technicians: []\n")
    with (
        open_clinic(make_template(tmp_path), tmp_path, book=lambda: book) as clinic,
        serving(make_api(clinic.context())) as url,
    ):
        yield Fleet(clinic, url)


def test_one_parent_five_children_one_notice(fleet: Fleet) -> None:
    for number in range(5):
        fleet.report(number, 2)
        fleet.play()
        fleet.clinic.now += MINUTE
    problem = fleet.json("problem", "show", "1")
    parent = fleet.json("ticket", "show", str(problem["parent"]["number"]))
    child = fleet.json("ticket", "show", str(problem["children"][0]["number"]))

    assert problem["title"] == '"Program killed for lack of memory" on 5 devices with model X1'
    assert problem["reason"].endswith("5 of 5 affected devices, 1 of 22 others")
    assert (parent["tier"], parent["impact"], parent["priority"]) == ("L3", 1, "high")
    names = ["pc-00", "pc-01", "pc-02", "pc-03", "pc-04"]
    assert [one["hostname"] for one in problem["children"]] == names
    assert [one["hostname"] for one in parent["children"]] == names
    assert [one["number"] for one in child["parents"]] == [parent["number"]]
    assert fleet.noticed() == [parent["ticket_id"]]


def test_later_device_joins_and_the_parent_ends_with_the_last_child(fleet: Fleet) -> None:
    for number in range(5):
        fleet.report(number, 2)
    fleet.play()
    fleet.clinic.now += 30 * MINUTE
    fleet.report(5, 2)
    fleet.play()
    page = fleet.sickbay("problem", "show", "1")
    told = fleet.noticed()
    name = str(fleet.json("problem", "show", "1")["parent"]["number"])
    for _ in range(12 * 24):
        fleet.clinic.now += timedelta(hours=1)
        for device in range(BAD):
            fleet.report(device, 0)
    fleet.play()
    parent = fleet.json("ticket", "show", name)

    assert set(told) == {parent["ticket_id"]}
    assert "Parent" in page
    assert "pc-05" in page
    assert "Child of" in fleet.sickbay("ticket", "show", str(parent["children"][0]["number"]))
    assert {one["status"] for one in parent["children"]} <= {"resolved", "closed"}
    assert (parent["status"], parent["resolution"]) == ("resolved", "automatic")
