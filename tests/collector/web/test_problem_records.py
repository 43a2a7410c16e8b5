"""Problems over HTTP, and the commands on them."""

from dataclasses import replace

from starlette.testclient import TestClient

from tests.collector.clinic import NOW, SICK, TICKET, Clinic
from tests.contract.test_problems import PROBLEM


def raise_one(clinic: Clinic) -> int:
    """Store a problem with the fleet's ticket as its incident."""
    with clinic.open_writes() as uow:
        problem = uow.problems.add(replace(PROBLEM, device_id=SICK, raised_at=NOW))
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        linked = replace(ticket, problem_id=problem.problem_id)
        assert uow.tickets.save(linked, expected_version=ticket.version)
        uow.commit()
    return problem.number


def test_problem_goes_its_way(clinic: Clinic, technician: TestClient) -> None:
    path = f"/api/v1/problems/{raise_one(clinic)}"
    shown = technician.get(path).json()
    states = [
        technician.post(f"{path}/{action}", json=body).json()["state"]
        for action, body in (
            ("own", None),
            ("workaround", {"text": "restart"}),
            ("known-error", {"text": "leak"}),
            ("fix", {"text": "update"}),
            ("resolve", None),
            ("close", None),
        )
    ]
    listed = technician.get("/api/v1/problems?state=closed").json()

    assert [one["ticket_id"] for one in shown["incidents"]] == [TICKET]
    assert shown["reliability"]["failures_before"] == 1
    assert states == [
        "under_investigation",
        "under_investigation",
        "known_error",
        "fix_in_progress",
        "resolved",
        "closed",
    ]
    assert [one["workaround"] for one in listed["items"]] == ["restart"]
    assert technician.get("/api/v1/problems?state=open").json()["items"] == []


def test_what_is_refused(clinic: Clinic, reader: TestClient) -> None:
    path = f"/api/v1/problems/{raise_one(clinic)}"

    assert reader.post(f"{path}/own").status_code == 403
    reader.headers.update(clinic.bearer(next(role for role in clinic.tokens if role != "reader")))
    assert reader.post(f"{path}/close").status_code == 409
    assert reader.post(f"{path}/fix", json={"text": ""}).status_code == 422
    assert reader.post("/api/v1/problems/99/own").status_code == 404
