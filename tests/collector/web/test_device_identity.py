"""The API says why a device is taken for what it is, and which may be known ones."""

from starlette.testclient import TestClient

from tests.collector.clinic import SICK, WELL, Clinic, make_twin


def test_a_device_that_came_in_before_has_its_values_and_no_verdict(reader: TestClient) -> None:
    found = reader.get("/api/v1/devices/ws-sick/identity").json()

    assert (found["device_id"], found["verdict"], found["other"]) == (SICK, None, None)
    assert (found["came_in_at"], found["token_id"], found["address"]) == (None, "", "")
    assert "system_serial" in {one["kind"] for one in found["findings"]}
    assert reader.get("/api/v1/possible-duplicates").json() == {"items": []}


def test_a_device_that_may_be_a_known_one_says_why(clinic: Clinic, reader: TestClient) -> None:
    make_twin(clinic, WELL, SICK)
    found = reader.get(f"/api/v1/devices/{WELL}/identity").json()
    (listed,) = reader.get("/api/v1/possible-duplicates").json()["items"]

    assert found["other"] == {"device_id": SICK, "hostname": "ws-sick"}
    assert "live" in found["verdict"]["objections"]
    assert sum(one["points"] for one in found["findings"]) == found["verdict"]["points"]
    assert listed["device_id"] == WELL
    assert (listed["other"], listed["verdict"]) == (found["other"], found["verdict"])


def test_an_unknown_device_is_not_found(reader: TestClient) -> None:
    assert reader.get("/api/v1/devices/nobody/identity").status_code == 404
