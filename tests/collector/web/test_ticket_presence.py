from starlette.testclient import TestClient

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access import Role
from sickbay_collector.services.presence import look
from sickbay_collector.services.presence_ports import Presence
from tests.collector.clinic import NOW, TICKET, Clinic

PRESENCE = "/api/v1/tickets/1/presence"


def ben_writes(clinic: Clinic) -> None:
    look(
        clinic.open_writes,
        Presence(ticket_id=TicketId(TICKET), login="ben", seen_at=NOW, is_writing=True),
    )


def test_presence_says_who_else_is_there(clinic: Clinic, technician: TestClient) -> None:
    ben_writes(clinic)

    there = [{"login": "ben", "seen_at": "2026-11-20T12:30:00Z", "is_writing": True}]
    assert technician.put(PRESENCE, json={}).json() == {"items": there}
    assert technician.get(PRESENCE).json() == {"items": there}
    reader = clinic.bearer(Role.READER)
    found = technician.get(PRESENCE, headers=reader).json()["items"]
    assert [one["login"] for one in found] == ["ben", "technician.doe"]
    assert technician.put(PRESENCE, json={}, headers=reader).status_code == 403
    assert technician.put("/api/v1/tickets/9/presence", json={}).status_code == 404
