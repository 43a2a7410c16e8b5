import pytest
from starlette.testclient import TestClient

from sickbay_collector.core.tag import DEVICE_TAGS
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.tags import TAGGED_AT_ONCE
from tests.collector.clinic import SICK, WELL, Clinic

PATH = "/api/v1/devices/tags"


def test_many_devices_are_tagged_at_once_and_the_audit_says_so_once(
    clinic: Clinic, technician: TestClient
) -> None:
    body = {"devices": ["ws-sick", WELL], "add": ["Lab"]}
    answers = [technician.post(PATH, json=body).json() for _ in range(2)]

    assert answers == [{"changed": [SICK, WELL]}, {"changed": []}]
    assert technician.get("/api/v1/tags").json()["items"] == [{"tag": "lab", "devices": 2}]
    with clinic.open_reads() as uow:
        entries = uow.audit.list(AuditFilter(object_kind="device"), limit=10)
    assert sorted(one.event.object_id for one in entries) == [SICK, WELL]
    assert entries[0].event.after == {"tags": "lab"}


def test_tags_are_taken_away(technician: TestClient) -> None:
    technician.post(PATH, json={"devices": [SICK, WELL], "add": ["lab", "old"]})
    answer = technician.post(PATH, json={"devices": [SICK], "remove": ["old"], "add": ["new"]})

    assert answer.json() == {"changed": [SICK]}
    found = {one["tag"]: one["devices"] for one in technician.get("/api/v1/tags").json()["items"]}
    assert found == {"lab": 2, "new": 1, "old": 1}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param({"devices": [SICK]}, 422, "name one", id="nothing to do"),
        pytest.param({"devices": [], "add": ["a"]}, 422, "", id="no device"),
        pytest.param({"devices": [SICK], "add": ["a b"]}, 422, "cannot be in it", id="no tag"),
        pytest.param(
            {"devices": [SICK], "add": ["a"], "remove": ["A"]}, 422, "both", id="there and back"
        ),
        pytest.param({"devices": ["moon"], "add": ["a"]}, 404, "moon", id="no such device"),
        pytest.param(
            {"devices": [SICK], "add": [f"t{one}" for one in range(DEVICE_TAGS)]},
            422,
            "at most 20",
            id="one more than a device may have",
        ),
        pytest.param(
            {"devices": [f"d{one}" for one in range(TAGGED_AT_ONCE + 1)], "add": ["a"]},
            422,
            "",
            id="too many devices",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    technician: TestClient, body: dict[str, list[str]], status: int, said: str
) -> None:
    technician.post(PATH, json={"devices": [SICK], "add": ["kept"]})
    answer = technician.post(PATH, json=body)

    assert (status, True) == (answer.status_code, said in answer.text)
    assert [one["tag"] for one in technician.get("/api/v1/tags").json()["items"]] == ["kept"]


def test_readers_look_only(reader: TestClient) -> None:
    assert reader.get("/api/v1/tags").status_code == 200
    assert reader.post(PATH, json={"devices": [SICK], "add": ["a"]}).status_code == 403
