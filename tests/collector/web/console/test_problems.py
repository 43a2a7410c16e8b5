from dataclasses import replace

import pytest

from sickbay_collector.core.desk.problem import Problem, ProblemState
from sickbay_collector.services.access import Role
from sickbay_collector.services.problems import add_problem
from tests.collector.clinic import NOW, SICK, Clinic
from tests.collector.web.console.conftest import Open, csrf_on


@pytest.fixture(autouse=True)
def problem(clinic: Clinic) -> None:
    """Add a problem."""
    with clinic.open_writes() as uow:
        uow.problems.add(
            Problem(
                number=0,
                key="device",
                family="disk.space",
                device_id=SICK,
                state=ProblemState.OPEN,
                title="ws-sick: disk.space keeps coming back",
                reason="3 incidents in 30 days",
                owner="",
                workaround="",
                known_error="",
                fix="",
                raised_at=NOW,
                resolved_at=None,
                closed_at=None,
            )
        )
        uow.commit()


def test_a_problem_is_taken_explained_and_closed(open_as: Open) -> None:
    client = open_as(Role.TECHNICIAN)
    page = client.get("/problems/1").text
    token = csrf_on(page)

    for act, text in (
        ("own", ""),
        ("workaround", "Empty the cache."),
        ("known_error", "A log without rotation."),
        ("fix", "Rotation comes."),
        ("resolve", ""),
        ("close", ""),
    ):
        form = {"csrf": token, "text": text}
        assert client.post(f"/problems/1/{act}", data=form).status_code == 303

    page = client.get("/problems/1").text
    for said in ("closed", "technician", "Empty the cache.", "A log without rotation."):
        assert said in page
    assert "Since its fix" in page
    assert "fix in progress → resolved" in page
    assert "P-1" in client.get("/problems?closed=true").text
    assert "No problem is open" in client.get("/problems?state=open").text
    history = client.get("/api/v1/problems/1").json()["history"]
    assert [one["action"] for one in history][:2] == ["close", "resolve"]
    assert client.post("/problems/1/own", data={"csrf": token}).status_code == 409


def test_a_problem_that_was_just_raised_has_its_history(clinic: Clinic, open_as: Open) -> None:
    with clinic.open_writes() as uow:
        known = uow.problems.by_number(1)
        assert known is not None
        raised = add_problem(uow, replace(known, number=0, key="another"))
        uow.commit()
    page = open_as(Role.READER).get(f"/problems/{raised.number}")

    assert page.status_code == 200
    assert "<b>sickbay</b> raised" in page.text


def test_alerts_are_listed_by_state(open_as: Open) -> None:
    client = open_as(Role.READER)

    assert "The volume / has 2 % free." in client.get("/alerts").text
    assert "No alert is closed" in client.get("/alerts?status=closed").text
    assert "P-1" in client.get("/problems").text
