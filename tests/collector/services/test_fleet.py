"""What a rule finds on many devices is one problem with one ticket that stands for theirs."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk.parts import LinkKind
from sickbay_collector.core.desk.problem import Problem, ProblemAction
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.device import Criticality
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.services import desk as technician
from sickbay_collector.services.acts import Act
from sickbay_collector.services.fleet import LINKED_AT_ONCE, FleetTimers
from sickbay_collector.services.problems import act_on_problem
from sickbay_collector.services.sla_sweep import sweep
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import run_due
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import NOW, a_change, a_device, a_rule
from tests.collector.desk_fakes import FakeDesk
from tests.collector.routed import a_book

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULE = a_rule(id="update.bad", family="update.bad")


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """A desk with the default configuration, nobody in it, and 300 devices."""
    desk = FakeDesk()
    desk.database.book = a_book(tmp_path, "technicians: []\n")
    desk.database.data.devices.clear()
    for number in range(300):
        device_id = the_id(number)
        found = replace(a_device(device_id=device_id), hostname=f"ws-{number:03}")
        desk.database.data.devices[device_id] = replace(found, enroll_nonce=str(number))
    return desk


def the_id(number: int) -> DeviceId:
    return DeviceId(f"0195a000-0000-7000-8000-{number:012}")


def give(desk: FakeDesk, numbers: range, kind: str, **facts: str) -> None:
    """Let devices report these facts, programs as rows."""
    rows = {name: {"version": value} for name, value in facts.items()}
    content = SectionContent(
        kind=kind,
        facts=facts if kind == "system" else {},
        rows={} if kind == "system" else rows,
    )
    key = f"{kind}{sorted(facts.items())}".encode()
    with desk.open() as uow:
        uow.sections.put(key, content)
        for number in numbers:
            uow.sections.attach(the_id(number), kind, key, at=NOW)
        uow.commit()


def tell(
    desk: FakeDesk,
    number: int,
    at: datetime = NOW,
    kind: ChangeKind = ChangeKind.OPENED,
    rule: Rule = RULE,
) -> None:
    device = desk.database.data.devices[the_id(number)]
    with desk.open() as uow:
        changes = [
            a_change(kind, rule=rule, at=at, reason="over" if kind is ChangeKind.CLOSED else "")
        ]
        apply_alert_changes(uow, device, changes, now=at, new_id=desk.new_id)
        uow.commit()


def play(desk: FakeDesk, at: datetime = NOW) -> None:
    """Run all that is due."""
    handlers = {**HANDLERS, **FleetTimers(desk.new_id).handlers()}
    run_due(
        desk.database.read,
        desk.open,
        handlers,
        at,
        lambda _: False,
        told=lambda ran: None if ran.ok else pytest.fail(f"failed: {ran.timer}"),
    )


def parent(desk: FakeDesk) -> Ticket:
    (found,) = [one for one in desk.tickets if one.device_id is None]
    return found


def children(desk: FakeDesk) -> list[Ticket]:
    links = desk.database.data.parts.links.values()
    ids = [one.ticket_id for one in links if one.kind is LinkKind.CHILD_OF]
    return [one for one in desk.tickets if one.ticket_id in ids]


def problems(desk: FakeDesk) -> list[Problem]:
    return list(desk.database.data.problems.values())


def bad_update(desk: FakeDesk, count: int = 5) -> None:
    give(desk, range(20), "system", model="X1")
    give(desk, range(20, 60), "system", model="Y2")
    for number in range(count):
        tell(desk, number)
    play(desk)


def test_five_devices_of_a_model_have_one_parent(desk: FakeDesk) -> None:
    bad_update(desk)
    (problem,) = problems(desk)
    found = parent(desk)

    assert (problem.rule_id, problem.parent_id) == ("update.bad", found.ticket_id)
    assert found.title == problem.title == '"Volume almost full" on 5 devices with model X1'
    assert problem.reason == ("within an hour, model X1: 5 of 5 affected devices, 15 of 55 others")
    assert (found.tier, found.impact, found.priority) == ("L3", 1, Priority.HIGH)
    assert "ws-000, ws-001, ws-002, ws-003, ws-004" in found.description
    assert len(children(desk)) == 5
    assert {one.problem_id for one in desk.tickets} == {problem.problem_id}


def test_parent_is_the_only_one_that_pages(desk: FakeDesk) -> None:
    bad_update(desk)
    tell(desk, 7, NOW + HOUR / 4)
    for hours in range(30):
        play(desk, NOW + hours * HOUR)

    assert len(children(desk)) == 6
    assert {one.ticket_id for one in desk.notices} == {parent(desk).ticket_id}


def test_four_devices_are_no_problem(desk: FakeDesk) -> None:
    bad_update(desk, 4)

    assert problems(desk) == []
    assert len(desk.tickets) == 4


def test_five_devices_over_more_than_an_hour_are_no_problem(desk: FakeDesk) -> None:
    give(desk, range(20), "system", model="X1")
    give(desk, range(20, 60), "system", model="Y2")
    for number in range(5):
        tell(desk, number, NOW + number * HOUR / 3)
        play(desk, NOW + number * HOUR / 3)
    recurring = problems(desk)

    assert [one.key for one in recurring] == ["factor|update.bad|model|X1"]
    assert all(one.device_id for one in desk.tickets)


def test_version_of_a_program_is_a_common_factor(desk: FakeDesk) -> None:
    give(desk, range(60), "system", model="X1")
    give(desk, range(5), "software", spooler="2.0", bash="5.2")
    give(desk, range(5, 60), "software", spooler="1.9", bash="5.2")
    for number in range(5):
        tell(desk, number)
    play(desk)

    assert parent(desk).title == '"Volume almost full" on 5 devices with spooler 2.0'
    assert problems(desk)[0].reason.endswith("5 of 5 affected devices, 0 of 55 others")


def test_who_does_not_share_the_factor_stays_alone(desk: FakeDesk) -> None:
    bad_update(desk)
    tell(desk, 30, NOW + HOUR / 4)
    tell(desk, 8, NOW + HOUR / 4)
    play(desk, NOW + HOUR / 4)
    alone = [one for one in desk.tickets if not one.problem_id]

    assert [one.device_id for one in alone] == [the_id(30)]
    assert len(children(desk)) == 6


def test_share_of_the_fleet_within_a_day(desk: FakeDesk) -> None:
    """Seven of 300 are more than 2 %; six are not."""
    for number in range(6):
        tell(desk, number, NOW + number * HOUR * 2)
        play(desk, NOW + number * HOUR * 2)
    assert problems(desk) == []
    tell(desk, 6, NOW + 12 * HOUR)
    play(desk, NOW + 12 * HOUR)

    assert problems(desk)[0].reason == "7 of 300 devices within a day, more than 2%"
    assert len(children(desk)) == 7


def test_rule_that_finds_ten_times_what_it_used_to(desk: FakeDesk) -> None:
    """Two devices each, so that the share of the fleet is not what tells."""
    rules = [a_rule(id="update.bad", family=f"family.{one}") for one in range(3)]
    for number in range(10):
        change = a_change(ChangeKind.OPENED, rule=rules[number // 5], instance=f"{number}")
        device = desk.database.data.devices[the_id(number % 5)]
        with desk.open() as uow:
            apply_alert_changes(uow, device, [change], now=NOW, new_id=desk.new_id)
            uow.commit()
    play(desk)
    assert problems(desk) == []
    tell(desk, 4, NOW, rule=rules[2])
    play(desk)

    assert problems(desk)[0].reason.startswith("11 findings within a day, 0.0 a day")


def test_parent_resolves_when_all_children_are_over(desk: FakeDesk) -> None:
    bad_update(desk)
    for number in range(4):
        tell(desk, number, NOW + DAY, ChangeKind.CLOSED)
    play(desk, NOW + DAY)
    assert parent(desk).status is not TicketStatus.RESOLVED
    tell(desk, 4, NOW + DAY, ChangeKind.CLOSED)
    play(desk, NOW + DAY)

    assert parent(desk).status is TicketStatus.RESOLVED
    assert desk.worklog(parent(desk).ticket_id)[-1].text == "All its children are over"


def test_what_comes_after_the_parent_is_over_is_looked_at_anew(desk: FakeDesk) -> None:
    """The problem goes on, with another ticket."""
    bad_update(desk)
    first = parent(desk)
    act = Act(
        ticket_id=first.ticket_id,
        user="mia",
        expected_version=first.version,
        now=NOW + HOUR / 2,
    )
    technician.resolve(desk.open, act, resolution="rolled back")
    for number in range(5, 9):
        tell(desk, number, NOW + HOUR)
    play(desk, NOW + HOUR)
    assert len([one for one in desk.tickets if one.device_id is None]) == 1
    tell(desk, 9, NOW + HOUR)
    play(desk, NOW + HOUR)
    (problem,) = problems(desk)

    assert problem.parent_id not in {None, first.ticket_id}
    assert len([one for one in desk.tickets if one.device_id is None]) == 2


def test_closed_problem_stays_and_another_is_raised(desk: FakeDesk) -> None:
    bad_update(desk)
    for number in range(5):
        tell(desk, number, NOW + DAY, ChangeKind.CLOSED)
    play(desk, NOW + DAY)
    for action in (ProblemAction.RESOLVE, ProblemAction.CLOSE):
        act_on_problem(desk.open, 1, action, user="mia", now=NOW + DAY)
    for number in range(5, 10):
        tell(desk, number, NOW + 2 * DAY)
    play(desk, NOW + 2 * DAY)

    assert [one.state for one in problems(desk) if one.rule_id] == ["closed", "open"]


def test_large_storm_is_linked_in_parts(desk: FakeDesk) -> None:
    give(desk, range(LINKED_AT_ONCE + 20), "system", model="X1")
    give(desk, range(LINKED_AT_ONCE + 20, 300), "system", model="Y2")
    for number in range(LINKED_AT_ONCE + 5):
        tell(desk, number)
    play(desk)

    assert len(children(desk)) == LINKED_AT_ONCE + 5
    assert len(problems(desk)) == 1
    assert "and 55 more" in parent(desk).description


def test_late_child_tells_nobody_while_its_parent_is_open(desk: FakeDesk) -> None:
    bad_update(desk)
    sweep(desk.database.read, desk.open, NOW + 9 * DAY, lambda _: False)

    assert {one.ticket_id for one in desk.notices} == {parent(desk).ticket_id}
    assert "sla_breached" in {one.event for one in desk.worklog(children(desk)[0].ticket_id)}


def test_urgent_child_is_no_major_incident_of_its_own(desk: FakeDesk) -> None:
    data = desk.database.data
    for number in range(5):
        device = data.devices[the_id(number)]
        data.devices[the_id(number)] = replace(device, criticality=Criticality.HIGH)
    give(desk, range(20), "system", model="X1")
    give(desk, range(20, 60), "system", model="Y2")
    for number in range(5):
        tell(desk, number, rule=a_rule(id="update.bad", family="update.bad", urgency=1))
    play(desk)

    assert {one.priority for one in desk.tickets} == {Priority.URGENT}
    assert [one.device_id for one in desk.tickets if one.major] == [None]
