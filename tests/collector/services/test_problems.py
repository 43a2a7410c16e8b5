"""Problems are raised once from incidents that recur, and their fix is put to the proof."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.problem import Problem, ProblemAction, ProblemState
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.core.inventory import SectionContent
from sickbay_collector.services.problem_raising import PROBLEM_TIMER, look_for_problems
from sickbay_collector.services.problems import act_on_problem, problem_detail
from sickbay_collector.services.ticket_writes import insert_ticket, write_ticket
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import run_due
from tests.collector.desk_builders import DEVICE_ID, NOW, a_device, a_ticket
from tests.collector.desk_fakes import FakeDesk

DAY = timedelta(days=1)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def incident(desk: FakeDesk, days: float, device_id: DeviceId = DEVICE_ID) -> None:
    """Open a ticket of the family on that day, close it at once, and run the timers."""
    at = NOW + days * DAY
    ticket_id = TicketId(desk.new_id())
    with desk.open() as uow:
        ticket = a_ticket(ticket_id=ticket_id, device_id=device_id, opened_at=at)
        event = insert_ticket(uow, ticket, actor=ENGINE, text="opened")
        assert event is not None
        look_for_problems(uow, [event])
        write_ticket(
            uow,
            event.after,
            replace(event.after, status=TicketStatus.CLOSED),
            kind=TicketEventKind.CLOSED,
            actor=ENGINE,
            text="closed",
            at=at,
        )
        uow.commit()
    handlers = {PROBLEM_TIMER: HANDLERS[PROBLEM_TIMER]}
    run_due(
        desk.database.read,
        desk.open,
        handlers,
        at,
        lambda _: False,
        told=lambda ran: None if ran.ok else pytest.fail(f"failed: {ran.timer}"),
    )


def problems(desk: FakeDesk) -> list[Problem]:
    return list(desk.database.data.problems.values())


def act(desk: FakeDesk, action: ProblemAction, days: float = 0.0) -> Problem:
    now = NOW + days * DAY
    return act_on_problem(desk.open, 1, action, user="mia", now=now, text="because")


def test_third_incident_of_a_device_raises_a_problem(desk: FakeDesk) -> None:
    incident(desk, 0)
    incident(desk, 10)
    assert problems(desk) == []
    incident(desk, 20)
    (problem,) = problems(desk)

    assert (problem.state, problem.device_id, problem.family) == ("open", DEVICE_ID, "disk.space")
    assert problem.title == 'ws-17: "system volume almost full (C:)" keeps coming back'
    assert problem.reason == "3 incidents in 30 days; 3 make a problem"
    assert [one.problem_id for one in desk.tickets] == ["1", "1", "1"]
    assert [one.event for one in desk.worklog(desk.tickets[0].ticket_id)][-1] == "problem"


def test_further_incidents_belong_to_it(desk: FakeDesk) -> None:
    for days in (0, 1, 2, 3):
        incident(desk, days)

    assert len(problems(desk)) == 1
    assert {one.problem_id for one in desk.tickets} == {"1"}


def test_incidents_far_apart_are_no_problem(desk: FakeDesk) -> None:
    for days in (0, 20, 40, 60):
        incident(desk, days)

    assert problems(desk) == []


def test_linking_tells_nobody(desk: FakeDesk) -> None:
    for days in (0, 1, 2):
        incident(desk, days)

    assert not any(one.payload["event"] == "problem" for one in desk.messages)


def test_five_devices_of_a_model_raise_a_problem(desk: FakeDesk) -> None:
    devices = [DeviceId(f"0195a000-0000-7000-8000-0000000001{one:02}") for one in range(12)]
    with desk.open() as uow:
        for number, device_id in enumerate(devices):
            uow.devices.add(replace(a_device(device_id=device_id), enroll_nonce=str(number)))
            model = "X1" if number < 6 else "Y2"
            content_hash = model.encode()
            facts = {"model": model}
            uow.sections.put(content_hash, SectionContent(kind="system", facts=facts, rows={}))
            uow.sections.attach(device_id, "system", content_hash, at=NOW)
        uow.commit()
    for device_id in devices[:4]:
        incident(desk, 1, device_id)
    assert problems(desk) == []
    for device_id in devices[4:6]:
        incident(desk, 2, device_id)
    (problem,) = problems(desk)

    assert problem.device_id is None
    assert problem.title == '"system volume almost full (C:)" on 5 devices with model X1'
    assert problem.reason == "model X1: 5 of 5 affected devices, 1 of 7 others"
    assert [one.problem_id for one in desk.tickets] == ["1"] * 6


def test_fix_that_is_none_opens_it_again(desk: FakeDesk) -> None:
    for days in (0, 1, 2):
        incident(desk, days)
    act(desk, ProblemAction.RESOLVE, 3)
    incident(desk, 4)
    incident(desk, 5)
    (resolved,) = problems(desk)
    with desk.open() as uow:
        detail = problem_detail(uow, 1, now=NOW + 5 * DAY)
    incident(desk, 6)
    (again,) = problems(desk)

    assert resolved.state is ProblemState.RESOLVED
    assert (detail.reliability.failures_before, detail.reliability.failures_after) == (3, 2)
    assert detail.reliability.mtbf_after_s == 86400.0
    assert (again.state, again.resolved_at) == ("open", None)


def test_closed_problem_stays_and_another_is_raised(desk: FakeDesk) -> None:
    for days in (0, 1, 2):
        incident(desk, days)
    act(desk, ProblemAction.RESOLVE, 3)
    act(desk, ProblemAction.CLOSE, 3)
    for days in (4, 5):
        incident(desk, days)
    assert len(problems(desk)) == 1
    incident(desk, 6)

    assert [one.state for one in problems(desk)] == ["closed", "open"]
    assert [one.problem_id for one in desk.tickets] == ["1", "1", "1", "2", "2", "2"]


def test_what_is_done_is_audited(desk: FakeDesk) -> None:
    for days in (0, 1, 2):
        incident(desk, days)
    act(desk, ProblemAction.OWN)
    act(desk, ProblemAction.WORKAROUND)
    audit = desk.database.data.configured.audit

    assert [(one.actor, one.action) for one in audit] == [
        ("sickbay", "raised"),
        ("mia", "own"),
        ("mia", "workaround"),
    ]
    assert audit[1].after == {"owner": "mia", "state": "under_investigation"}
    with pytest.raises(ConflictError, match="close needs one of resolved"):
        act(desk, ProblemAction.CLOSE)
    with pytest.raises(NotFoundError, match="no problem has the number 9"):
        act_on_problem(desk.open, 9, ProblemAction.OWN, user="mia", now=NOW)
