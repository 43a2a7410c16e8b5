import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from sickbay_collector.services.audit_ports import AuditFilter
from tests.collector.clinic import Clinic

PEOPLE = "/api/v1/people"
ANN = {"name": "Ann Schmidt", "email": "ann@example.com", "phone": "+49 30 123", "vip": True}


def add(client: TestClient, **fields: object) -> dict[str, object]:
    answer = client.post(PEOPLE, json=ANN | fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_new_person_is_where_the_answer_says(technician: TestClient) -> None:
    answer = technician.post(PEOPLE, json=ANN)
    found = technician.get(answer.headers["location"])

    assert answer.status_code == 201
    assert found.json() == answer.json()
    assert found.headers["etag"] == answer.headers["etag"] == '"1"'
    assert found.json() | ANN == found.json()
    assert found.json()["active"] is True


@pytest.mark.parametrize("name", ["ANN@example.com", "schmidt", "ann", "49 30 123"])
def test_person_goes_by_several_names(technician: TestClient, name: str) -> None:
    add(technician)

    assert technician.get(f"{PEOPLE}/{name}").json()["name"] == "Ann Schmidt"


def test_name_of_several_is_refused(technician: TestClient) -> None:
    add(technician)
    add(technician, name="Bo Schmidt", email="")
    answer = technician.get(f"{PEOPLE}/schmidt")

    assert answer.status_code == 409
    assert "Ann Schmidt (ann@example.com), Bo Schmidt" in answer.json()["detail"]


def test_pages_follow_each_other(technician: TestClient) -> None:
    for place in range(5):
        add(technician, name="Same", email=f"p{place}@example.com")
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = technician.get(PEOPLE, params=query).json()
        seen += [item["email"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert sorted(seen) == [f"p{place}@example.com" for place in range(5)]


def test_patch_changes_what_is_named(technician: TestClient) -> None:
    add(technician)
    path = f"{PEOPLE}/ann@example.com"
    answer = technician.patch(
        path, json={"phone": "", "department": "Sales"}, headers={"If-Match": '"1"'}
    )

    assert answer.json() | {"phone": "", "department": "Sales", "vip": True} == answer.json()
    assert answer.headers["etag"] == '"2"'


def test_patch_that_changes_nothing_writes_nothing(technician: TestClient) -> None:
    add(technician)
    answer = technician.patch(f"{PEOPLE}/ann", json={"vip": True}, headers={"If-Match": '"1"'})

    assert answer.json()["version"] == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 428, id="no version"),
        pytest.param({"If-Match": '"7"'}, 412, id="another version"),
        pytest.param({"If-Match": "*"}, 200, id="any version"),
        pytest.param({"If-Match": '"7", "1"'}, 200, id="one of several"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_write_needs_the_version_that_was_read(
    technician: TestClient, headers: dict[str, str], status: int, method: str
) -> None:
    add(technician)
    body = {"vip": False} if method == "PATCH" else None
    answer = technician.request(method, f"{PEOPLE}/ann", json=body, headers=headers)

    assert answer.status_code == status


def test_deleted_person_is_kept_and_can_come_back(clinic: Clinic, technician: TestClient) -> None:
    person = add(technician)
    path = f"{PEOPLE}/{person['person_id']}"
    gone = technician.delete(path, headers={"If-Match": "*"}).json()
    listed = technician.get(PEOPLE).json()["items"]
    all_ = technician.get(PEOPLE, params={"all": True}).json()["items"]
    back = technician.patch(path, json={"active": True}, headers={"If-Match": "*"}).json()

    assert gone["active"] is False
    assert gone["deactivated_at"] == clinic.now.isoformat().replace("+00:00", "Z")
    assert listed == []
    assert all_ == [gone]
    assert (back["active"], back["deactivated_at"]) == (True, None)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param({"name": ""}, 422, "name: is empty", id="no name"),
        pytest.param({"name": "x", "email": "x"}, 422, "email: 'x' is no", id="wrong address"),
        pytest.param({"name": "x", "email": "ANN@example.com"}, 409, "has ANN@", id="taken"),
        pytest.param({"name": "x" * 1001}, 422, "body/name", id="far too long"),
        pytest.param({"name": "x", "age": 3}, 422, "body/age", id="unknown field"),
        pytest.param({"email": "b@example.com"}, 422, "body/name", id="nameless"),
    ],
)
def test_wrong_input_is_said(
    technician: TestClient, body: dict[str, object], status: int, said: str
) -> None:
    add(technician)
    answer = technician.post(PEOPLE, json=body)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/nobody", 404, id="unknown"),
        pytest.param("/%20", 404, id="blank"),
        pytest.param("/%00", 422, id="NUL"),
        pytest.param("/" + "x" * 255, 422, id="too long"),
        pytest.param("?cursor=WyJ4Il0", 422, id="cursor of another list"),
        pytest.param("?limit=501", 422, id="too many"),
        pytest.param("?text=%00", 422, id="NUL in a search"),
    ],
)
def test_hostile_requests(technician: TestClient, path: str, status: int) -> None:
    assert technician.get(f"{PEOPLE}{path}").status_code == status


def test_readers_do_not_write(clinic: Clinic, anonymous: TestClient) -> None:
    anonymous.headers.update(clinic.bearer(Role.READER))

    assert anonymous.post(PEOPLE, json=ANN).status_code == 403
    assert anonymous.get(PEOPLE).status_code == 200


def test_every_change_is_audited(clinic: Clinic, technician: TestClient) -> None:
    person = add(technician)
    technician.patch(f"{PEOPLE}/ann", json={"phone": ""}, headers={"If-Match": "*"})
    technician.post(f"{PEOPLE}/import", content="email,vip\nann@example.com,no\n")
    technician.delete(f"{PEOPLE}/ann", headers={"If-Match": "*"})
    with clinic.open_reads() as uow:
        wanted = AuditFilter(object_kind="person", object_id=str(person["person_id"]))
        events = [one.event for one in uow.audit.list(wanted, limit=9)][::-1]

    assert {"technician.doe"} == {one.actor for one in events}
    assert [(one.action, one.before, one.after) for one in events] == [
        (
            "added",
            {},
            {**ANN, "vip": "yes", "active": "yes"},
        ),
        ("changed", {"phone": "+49 30 123"}, {}),
        ("changed", {"vip": "yes"}, {"vip": "no"}),
        ("changed", {"active": "yes"}, {"active": "no"}),
    ]


def test_site_that_there_is_none_of_is_refused(technician: TestClient) -> None:
    """Neither for somebody new, nor for somebody who moves."""
    new = technician.post(PEOPLE, json={"name": "Ann", "site": "bern"})
    technician.post(PEOPLE, json={"name": "Ann", "email": "ann@example.com", "site": "kiel"})
    moved = technician.patch(
        f"{PEOPLE}/ann@example.com", json={"site": "bern"}, headers={"If-Match": "*"}
    )

    said = "site 'bern' is unknown; there are berlin, kiel, oslo"
    assert [(one.status_code, one.json()["detail"]) for one in (new, moved)] == [(422, said)] * 2
