from http import HTTPStatus

from starlette.testclient import TestClient

from sickbay_collector.core.desk.message import MessageState, OutboxMessage
from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, TICKET, Clinic

DEAD = OutboxMessage(
    key="t:1:receipt:person:ada",
    channel="log",
    payload={},
    created_at=NOW,
    not_before=NOW,
    recipient="person:ada",
    ticket_id=TICKET,
    state=MessageState.DEAD,
    last_error="no such user",
)


def put(clinic: Clinic) -> None:
    with clinic.open_writes() as uow:
        uow.outbox.add(DEAD)
        uow.commit()


def test_dead_message_is_listed_and_queued_again(clinic: Clinic, technician: TestClient) -> None:
    put(clinic)
    listed = technician.get("/api/v1/notifications", params={"state": "dead"}).json()
    again = technician.post(f"/api/v1/notifications/{DEAD.key}/retry")
    twice = technician.post(f"/api/v1/notifications/{DEAD.key}/retry")
    shown = technician.get(f"/api/v1/notifications/{DEAD.key}").json()

    assert [one["last_error"] for one in listed["items"]] == ["no such user"]
    assert (again.status_code, twice.status_code) == (HTTPStatus.OK, HTTPStatus.CONFLICT)
    assert shown["state"] == "queued"


def test_unknown_message_is_not_found(technician: TestClient) -> None:
    assert technician.get("/api/v1/notifications/none").status_code == HTTPStatus.NOT_FOUND


def test_reader_sends_nothing_again(clinic: Clinic, reader: TestClient) -> None:
    put(clinic)
    answer = reader.post(f"/api/v1/notifications/{DEAD.key}/retry")

    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_administrator_tries_a_channel(clinic: Clinic, anonymous: TestClient) -> None:
    anonymous.headers.update(clinic.bearer(Role.ADMINISTRATOR))
    tried = anonymous.post("/api/v1/channels/log/test").json()
    unknown = anonymous.post("/api/v1/channels/pigeon/test")

    assert (tried["state"], tried["channel"]) == ("queued", "log")
    assert anonymous.get(f"/api/v1/notifications/{tried['key']}").json() == tried
    assert unknown.status_code == HTTPStatus.NOT_FOUND
