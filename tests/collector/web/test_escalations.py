"""Taking care of a ticket and putting it off, and what that does to its escalation."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.collector.clinic import NOW, TICKET, Clinic
from tests.collector.escalation_builders import add_run

PATH = "/api/v1/tickets/1"


def test_ticket_without_an_escalation_says_so(reader: TestClient) -> None:
    shown = reader.get(f"{PATH}/escalation").json()

    assert (shown["state"], shown["policy"], shown["run"]) == (None, "", 0)
    assert (shown["done"], shown["to_come"]) == ([], [])


def test_escalation_shows_what_was_done_and_what_is_to_come(
    clinic: Clinic, reader: TestClient
) -> None:
    add_run(clinic.open_writes)

    shown = reader.get(f"{PATH}/escalation").json()

    assert (shown["state"], shown["policy"], shown["run"]) == ("notified", "urgent", 1)
    assert [(one["kind"], one["told"]) for one in shown["done"]] == [("notify", ["technician:ann"])]
    assert [(one["position"], one["at"], one["text"]) for one in shown["to_come"]] == [
        (2, "2026-11-20T12:34:00Z", "tell the manager"),
        (4, "2026-11-20T12:44:00Z", "raise to the next tier"),
    ]


def test_acknowledgement_ends_it_and_names_who(clinic: Clinic, technician: TestClient) -> None:
    add_run(clinic.open_writes)

    shown = technician.post(f"{PATH}/acknowledge").json()

    assert (shown["state"], shown["acknowledged_by"]) == ("acked", "technician.doe")
    assert shown["to_come"] == []
    assert technician.post(f"{PATH}/acknowledge").status_code == 200
    with clinic.open_reads() as uow:
        assert uow.timers.get("escalation", TICKET) is None


def test_snooze_moves_what_is_to_come_behind_its_end(
    clinic: Clinic, technician: TestClient
) -> None:
    add_run(clinic.open_writes)

    shown = technician.post(f"{PATH}/snooze", json={"for_s": 3600, "reason": "lunch"}).json()

    assert shown["snoozed_until"] == "2026-11-20T13:30:00Z"
    assert [one["at"] for one in shown["to_come"]] == [
        "2026-11-20T13:34:00Z",
        "2026-11-20T13:44:00Z",
    ]
    with clinic.open_reads() as uow:
        assert uow.timers.get("escalation", TICKET) is None
        timer = uow.timers.get("snooze", TICKET)
    assert timer is not None
    assert timer.due_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"until": "2026-11-27T12:30:00Z", "reason": "r"}, 200, id="seven days"),
        pytest.param({"until": "2026-11-27T12:30:01Z", "reason": "r"}, 422, id="longer"),
        pytest.param({"until": "2026-11-20T12:30:00Z", "reason": "r"}, 422, id="now"),
        pytest.param({"for_s": 604_800, "reason": "r"}, 200, id="seven days from now"),
        pytest.param({"for_s": 604_801, "reason": "r"}, 422, id="longer than seven days"),
        pytest.param({"for_s": 0, "reason": "r"}, 422, id="no time"),
        pytest.param({"reason": "r"}, 422, id="neither"),
        pytest.param({"for_s": 60, "until": "2026-11-20T13:30:00Z", "reason": "r"}, 422, id="both"),
        pytest.param({"for_s": 60}, 422, id="no reason"),
        pytest.param({"for_s": 60, "reason": "x" * 4000}, 200, id="longest reason"),
        pytest.param({"for_s": 60, "reason": "x" * 4001}, 422, id="too long a reason"),
    ],
)
def test_snooze_is_limited(technician: TestClient, body: dict[str, object], status: int) -> None:
    assert technician.post(f"{PATH}/snooze", json=body).status_code == status


@pytest.mark.parametrize("what", ["acknowledge", "snooze"])
def test_who_may_only_read_cannot_take_care(reader: TestClient, what: str) -> None:
    answer = reader.post(f"{PATH}/{what}", json={"for_s": 60, "reason": "r"})

    assert answer.status_code == 403


def test_ticket_that_is_not_there_or_is_over(technician: TestClient) -> None:
    assert technician.post("/api/v1/tickets/77/acknowledge").status_code == 404
    assert technician.get("/api/v1/tickets/77/escalation").status_code == 404
    resolution = {"resolution": "Freed space."}
    technician.post(f"{PATH}/resolve", json=resolution, headers={"If-Match": "*"})

    answer = technician.post(f"{PATH}/acknowledge")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "a ticket that is resolved cannot be acknowledged",
    )
