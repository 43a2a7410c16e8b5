"""Opening tickets by hand, correcting them, and the rest of what technicians do over the API."""

import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.device import Criticality
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.access import Role
from tests.collector.clinic import SICK, Clinic

TICKETS = "/api/v1/tickets"
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def ada(clinic: Clinic) -> None:
    """Add a person who asks."""
    with clinic.open_writes() as uow:
        uow.people.add(Person(person_id=PersonId("p-ada"), name="Ada", email="ada@example.com"))
        uow.commit()


def test_contact_becomes_a_ticket(technician: TestClient) -> None:
    answer = technician.post(
        TICKETS,
        json={
            "source": "phone",
            "title": "Screen stays black",
            "description": "Since this morning.",
            "category": "hardware",
            "subcategory": "display",
            "product": "Book 14",
            "requester": "ada@example.com",
            "device": "ws-sick",
        },
    )

    found = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{TICKETS}/2"
    assert answer.headers["etag"] == '"1"'
    assert (found["device_id"], found["hostname"], found["requester"]) == (SICK, "ws-sick", "p-ada")
    assert (found["priority"], found["priority_reason"]) == (
        "medium",
        "Medium from impact 2 (one laptop in normal use) and urgency 2",
    )
    assert (found["tier"], found["queue"], found["kind"]) == ("L1", "service-desk", "incident")
    assert [(one["event"], one["actor"]) for one in found["worklog"]] == [
        ("opened", "technician.doe")
    ]


def test_contact_that_is_solved_at_once_is_taken_and_resolved(technician: TestClient) -> None:
    answer = technician.post(
        TICKETS,
        json={
            "source": "walk_up",
            "kind": "request",
            "title": "Forgot the password",
            "solved": {"resolution": "Set a new one.", "mode": "self", "code": "advised"},
        },
    )

    found = answer.json()
    assert (found["status"], found["assignee"], found["acknowledged_by"]) == (
        "resolved",
        "technician.doe",
        "technician.doe",
    )
    assert (found["resolution_mode"], found["resolution_code"]) == ("self", "advised")
    assert (found["priority"], found["device_id"], found["hostname"]) == ("low", None, "")


def test_number_of_devices_and_criticality_make_the_impact(
    clinic: Clinic, technician: TestClient
) -> None:
    with clinic.open_writes() as uow:
        device = uow.devices.get(SICK)
        assert device is not None
        uow.devices.save(
            type(device)(
                **{name: getattr(device, name) for name in device.__dataclass_fields__}
                | {"criticality": Criticality.LOW}
            )
        )
        uow.commit()
    few = technician.post(TICKETS, json={"title": "a", "device": "ws-sick", "affected": 5}).json()
    many = technician.post(TICKETS, json={"title": "b", "affected": 20, "urgency": 1}).json()

    assert (few["impact"], few["priority"]) == (2, "medium")
    assert few["priority_reason"].startswith(
        "Medium from impact 2 (5 devices or people, a spare or unused laptop among them) and"
    )
    assert (many["impact"], many["priority"]) == (1, "urgent")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({}, "title", id="no title"),
        pytest.param({"title": " "}, "title is empty", id="blank title"),
        pytest.param({"title": "x" * 201}, "200", id="title past its limit"),
        pytest.param({"title": "x", "description": "x" * 4001}, "4000", id="description past it"),
        pytest.param({"title": "x", "category": "tv"}, "use one of hardware", id="category"),
        pytest.param(
            {"title": "x", "category": "network", "subcategory": "space"},
            "use one of lan",
            id="sub-category of another",
        ),
        pytest.param({"title": "x", "site": "moon"}, "site 'moon' is unknown", id="site"),
        pytest.param({"title": "x", "service": "tea"}, "service 'tea' is unknown", id="service"),
        pytest.param({"title": "x", "requester": "bob"}, "requester: ", id="requester"),
        pytest.param({"title": "x", "device": "ws-none"}, "device: ", id="device"),
        pytest.param({"title": "x", "impact": 4}, "impact", id="impact past its limit"),
        pytest.param({"title": "x", "affected": 0}, "affected", id="nobody"),
        pytest.param({"title": "x", "affected": 1_000_001}, "affected", id="too many"),
        pytest.param({"title": "x", "source": "alert"}, "opened by their alerts", id="an alert"),
        pytest.param({"title": "x", "solved": {"resolution": ""}}, "resolution", id="no words"),
        pytest.param({"title": "x", "colour": "red"}, "colour", id="unknown field"),
    ],
)
def test_wrong_contact_is_refused_and_says_why(
    technician: TestClient, body: dict[str, object], said: str
) -> None:
    answer = technician.post(TICKETS, json=body)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert len(technician.get(TICKETS).json()["items"]) == 1


def test_texts_at_their_limits_are_taken(technician: TestClient) -> None:
    body = {"title": "x" * 200, "description": "y" * 4000, "product": "z" * 100}

    assert technician.post(TICKETS, json=body).status_code == 201


def test_reader_opens_nothing(reader: TestClient) -> None:
    assert reader.post(TICKETS, json={"title": "x"}).status_code == 403


def test_request_with_a_key_opens_one_ticket(technician: TestClient) -> None:
    """The answer comes again, as the ticket stands now; nobody is told twice."""
    key = {"Idempotency-Key": "call-17"}
    first = technician.post(TICKETS, json={"title": "x"}, headers=key)
    technician.post(f"{TICKETS}/2/take", headers=ANY)
    second = technician.post(TICKETS, json={"title": "x"}, headers=key)

    assert (first.status_code, second.status_code) == (201, 200)
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json()["ticket_id"] == second.json()["ticket_id"]
    assert second.json()["status"] == "in_progress"


def test_key_is_good_for_one_request_of_one_user(clinic: Clinic, technician: TestClient) -> None:
    key = {"Idempotency-Key": "call-17"}
    technician.post(TICKETS, json={"title": "x"}, headers=key)
    other = technician.post(TICKETS, json={"title": "y"}, headers=key)
    technician.headers.update(clinic.bearer(Role.ADMINISTRATOR))
    somebody = technician.post(TICKETS, json={"title": "y"}, headers=key)

    assert (other.status_code, somebody.status_code) == (422, 201)
    assert "take a new key" in other.json()["detail"]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param("x" * 128, 201, id="at its limit"),
        pytest.param("x" * 129, 422, id="past its limit"),
        pytest.param("", 422, id="empty"),
    ],
)
def test_key_has_limits(technician: TestClient, key: str, status: int) -> None:
    answer = technician.post(TICKETS, json={"title": "x"}, headers={"Idempotency-Key": key})

    assert status == answer.status_code


def test_refused_request_leaves_its_key_free(technician: TestClient) -> None:
    key = {"Idempotency-Key": "call-17"}
    technician.post(TICKETS, json={"title": "x", "site": "moon"}, headers=key)

    assert technician.post(TICKETS, json={"title": "x"}, headers=key).status_code == 201


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        pytest.param([("assign", {"assignee": "ben"})], "assigned", id="assign"),
        pytest.param(
            [("take", None), ("wait", {"on": "vendor", "reason": "a part"})],
            "pending_vendor",
            id="wait",
        ),
        pytest.param(
            [("resolve", {"resolution": "Done."}), ("reopen", {"reason": "Not done."})],
            "reopened",
            id="reopen",
        ),
        pytest.param([("cancel", {"reason": "A test.", "code": "withdrawn"})], "cancelled", id="c"),
        pytest.param([("major", {"major": True, "reason": "All are down."})], "new", id="major"),
    ],
)
def test_acts_lead_to_their_status(
    technician: TestClient, steps: list[tuple[str, dict[str, object] | None]], status: str
) -> None:
    for path, body in steps:
        answer = technician.post(f"{TICKETS}/1/{path}", headers=ANY, json=body)
        assert answer.status_code == 200, answer.text

    assert status == answer.json()["status"]
    assert answer.json()["major"] == (steps[-1][0] == "major")


def test_resolution_has_codes_from_closed_sets(technician: TestClient) -> None:
    body = {"resolution": "New drive.", "mode": "on_site", "cause": "wear", "code": "replaced"}
    wrong = technician.post(f"{TICKETS}/1/resolve", headers=ANY, json={**body, "cause": "bad luck"})
    found = technician.post(f"{TICKETS}/1/resolve", headers=ANY, json=body).json()

    assert wrong.status_code == 422
    assert (found["resolution_mode"], found["cause_code"], found["resolution_code"]) == (
        "on_site",
        "wear",
        "replaced",
    )


def test_reopening_takes_the_codes_away(technician: TestClient) -> None:
    body = {"resolution": "New drive.", "mode": "on_site", "cause": "wear"}
    technician.post(f"{TICKETS}/1/resolve", headers=ANY, json=body)
    found = technician.post(f"{TICKETS}/1/reopen", headers=ANY, json={"reason": "No."}).json()

    assert (found["resolution_mode"], found["cause_code"]) == ("", "")


def test_edit_changes_what_is_named_and_the_worklog_has_both_sides(
    technician: TestClient,
) -> None:
    answer = technician.patch(
        f"{TICKETS}/1",
        headers={"If-Match": '"1"'},
        json={"subcategory": "backup", "requester": "ada@example.com", "urgency": 3},
    )

    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert (found["category"], found["subcategory"], found["requester"]) == (
        "storage",
        "backup",
        "p-ada",
    )
    assert (found["priority"], found["priority_reason"]) == (
        "low",
        "Low from impact 2 (one laptop in normal use) and urgency 3",
    )
    entry = found["worklog"][-1]
    assert (entry["event"], entry["actor"]) == ("edited", "technician.doe")
    assert (entry["before"]["priority"], entry["after"]["priority"]) == ("high", "low")


def test_another_category_takes_its_sub_category_away(technician: TestClient) -> None:
    technician.patch(f"{TICKETS}/1", headers=ANY, json={"subcategory": "backup"})
    found = technician.patch(f"{TICKETS}/1", headers=ANY, json={"category": "network"}).json()

    assert (found["category"], found["subcategory"]) == ("network", "")


def test_another_device_makes_another_priority(technician: TestClient) -> None:
    technician.post(TICKETS, json={"title": "x", "device": "ws-sick", "impact": 1})
    moved = technician.patch(f"{TICKETS}/2", headers=ANY, json={"device": "ws-well"}).json()
    none = technician.patch(f"{TICKETS}/2", headers=ANY, json={"device": ""}).json()

    assert (moved["hostname"], moved["impact"]) == ("ws-well", 2)
    assert moved["priority_reason"].endswith("(one workstation in normal use) and urgency 2")
    assert (none["device_id"], none["priority_reason"]) == (
        None,
        "Medium from impact 2 (one person) and urgency 2",
    )


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param({}, 422, "nothing to change", id="nothing"),
        pytest.param({"impact": 1, "affected": 3}, 422, "name one of them", id="both"),
        pytest.param({"device": "ws-well"}, 409, "stays there", id="device of alerts"),
        pytest.param({"title": ""}, 422, "title is empty", id="no title"),
        pytest.param({"product": "x" * 101}, 422, "100", id="product past its limit"),
    ],
)
def test_wrong_edit_is_refused(
    technician: TestClient, body: dict[str, object], status: int, said: str
) -> None:
    answer = technician.patch(f"{TICKETS}/1", headers=ANY, json=body)

    assert status == answer.status_code
    assert said in answer.json()["detail"]


def test_ended_ticket_stays_as_it_is(technician: TestClient) -> None:
    technician.post(f"{TICKETS}/1/cancel", headers=ANY, json={"reason": "A test."})

    assert technician.patch(f"{TICKETS}/1", headers=ANY, json={"title": "x"}).status_code == 409


def test_edit_names_the_version_that_was_read(technician: TestClient) -> None:
    first = technician.patch(f"{TICKETS}/1", headers={"If-Match": '"1"'}, json={"title": "x"})
    second = technician.patch(f"{TICKETS}/1", headers={"If-Match": '"1"'}, json={"title": "y"})

    assert (first.status_code, second.status_code) == (200, 412)


def test_note_is_internal_unless_it_is_public(technician: TestClient) -> None:
    technician.post(f"{TICKETS}/1/notes", json={"text": "Called the vendor."})
    answer = technician.post(
        f"{TICKETS}/1/notes", json={"text": "We found it.", "visibility": "public"}
    )

    assert answer.status_code == 201
    assert [(one["text"], one["visibility"]) for one in answer.json()["worklog"][1:]] == [
        ("Called the vendor.", "internal"),
        ("We found it.", "public"),
    ]


def test_who_may_be_calling_is_found_with_their_device(
    clinic: Clinic, technician: TestClient
) -> None:
    path = "/api/v1/contacts/callers"
    named = technician.get(path, params={"who": "ada"}).json()["items"]
    device = technician.get(path, params={"who": "ws-sick"}).json()["items"]

    assert [(one["name"], one["person_id"], one["device_id"]) for one in named] == [
        ("Ada", "p-ada", None)
    ]
    assert [(one["name"], one["hostname"], one["device_id"]) for one in device] == [
        ("", "ws-sick", SICK)
    ]
    assert technician.get(path, params={"who": " "}).json()["items"] == []
    assert technician.get(path, params={"who": "\0"}).status_code == 422
    reader = clinic.bearer(Role.READER)
    assert technician.get(path, params={"who": "a"}, headers=reader).status_code == 403
