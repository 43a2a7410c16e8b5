from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, TICKET, Clinic

TICKETS = "/api/v1/tickets"


def test_queues_say_what_waits(reader: TestClient) -> None:
    answer = reader.get(f"{TICKETS}/queues").json()

    assert answer == {
        "items": [
            {
                "tier": "L1",
                "queue": "service-desk",
                "waiting": 1,
                "unassigned": 1,
                "mine": 0,
                "pressing": 1,
                "late": 0,
                "oldest_at": "2026-11-20T10:30:00Z",
            }
        ],
        "statuses": {"new": 1},
    }
    assert set(answer["items"][0]) == set(QueueCount.__dataclass_fields__)


def test_queues_are_for_who_has_a_token(anonymous: TestClient) -> None:
    assert anonymous.get(f"{TICKETS}/queues").status_code == 401


def test_history_shows_the_evidence_with_its_marks(reader: TestClient) -> None:
    """From a day before the first sign until now, only of the instance that is meant."""
    found = reader.get(f"{TICKETS}/1/history?points=10").json()

    assert found["since"] == "2026-11-19T10:10:00Z"
    assert found["until"] == "2026-11-20T12:30:00Z"
    assert [(one["metric"], one["instance"]) for one in found["series"]] == [
        ("volume.free_ratio", "vol-root")
    ]
    assert [one["what"] for one in found["marks"]] == ["first sign", "opened"]
    assert reader.get(f"{TICKETS}/1/history?points=0").status_code == 422
    assert reader.get(f"{TICKETS}/1/history?points=1001").status_code == 422
    assert reader.get(f"{TICKETS}/9/history").status_code == 404


@pytest.mark.parametrize(
    ("fields", "series"),
    [
        pytest.param({"device_id": None, "family": None}, 0, id="no device"),
        pytest.param({"resolved_at": NOW}, 1, id="resolved"),
    ],
)
def test_history_of_other_tickets(
    clinic: Clinic, reader: TestClient, fields: dict[str, object], series: int
) -> None:
    with clinic.open_writes() as uow:
        ticket = uow.tickets.get(TICKET)
        assert ticket is not None
        uow.tickets.save(replace(ticket, **fields), expected_version=1)  # type: ignore[arg-type]
        uow.commit()

    found = reader.get(f"{TICKETS}/1/history", headers=clinic.bearer(Role.READER)).json()

    assert len(found["series"]) == series
