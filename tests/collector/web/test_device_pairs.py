"""The API shows two devices side by side, and takes what somebody decides about them."""

import pytest
from starlette.testclient import TestClient

from sickbay_collector.services.access import Role
from tests.collector.clinic import NEW, SICK, WELL, Clinic, make_twin

PAIR = f"/api/v1/possible-duplicates/{SICK}/{WELL}"
HOSTILE = '"><script>alert(1)</script>'


def decide(
    client: TestClient, path: str = f"{PAIR}/different", reason: object = "one batch"
) -> tuple[int, dict[str, object]]:
    """Decide about a pair as it is now."""
    etag = client.get(path.rpartition("/")[0]).headers.get("etag", '"1"')
    answer = client.post(path, json={"reason": reason}, headers={"If-Match": etag})
    return answer.status_code, answer.json()


@pytest.fixture
def manager(clinic: Clinic, anonymous: TestClient) -> TestClient:
    """Open a client of somebody who approves devices."""
    anonymous.headers.update(clinic.bearer(Role.ADMINISTRATOR))
    return anonymous


def test_two_devices_stand_side_by_side(clinic: Clinic, reader: TestClient) -> None:
    """Whoever is named first, by id or name; and what is said of each is the device's own."""
    make_twin(clinic, WELL, SICK)
    found = reader.get("/api/v1/possible-duplicates/ws-well/ws-sick")
    pair = found.json()

    assert found.headers["etag"] == reader.get(PAIR).headers["etag"]
    assert pair == reader.get(PAIR).json()
    assert {pair["older"]["hostname"], pair["newer"]["hostname"]} == {"ws-sick", "ws-well"}
    (flagged,) = (one for one in (pair["older"], pair["newer"]) if one["device_id"] == WELL)
    assert flagged["possible_duplicate_of"] == SICK
    assert pair["apart"] is None
    assert "system_serial" in {one["kind"] for one in pair["evidence"]}


def test_they_are_different(clinic: Clinic, manager: TestClient) -> None:
    """It is listed no more, and deciding it again with what was read before is no error."""
    make_twin(clinic, WELL, SICK)
    etag = manager.get(PAIR).headers["etag"]
    status, pair = decide(manager, reason=HOSTILE)
    assert (status, pair["apart"]) == (
        200,
        {"at": "2026-11-20T12:30:00Z", "by": "administrator.doe", "reason": HOSTILE},
    )
    assert manager.get("/api/v1/possible-duplicates").json() == {"items": []}

    again = manager.post(
        f"{PAIR}/different", json={"reason": "so"}, headers={"If-Match": etag}
    ).json()
    assert again["apart"] == pair["apart"]


def test_a_decision_is_about_what_was_read(clinic: Clinic, manager: TestClient) -> None:
    etag = manager.get(PAIR).headers["etag"]
    manager.post(f"/api/v1/devices/{WELL}/revoke", json={"reason": "stolen"})
    body = {"reason": "so"}

    assert manager.post(f"{PAIR}/different", json=body).status_code == 428
    stale = manager.post(f"{PAIR}/different", json=body, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert decide(manager)[0] == 200
    del clinic


@pytest.mark.parametrize(
    ("path", "reason", "status"),
    [
        pytest.param(f"{SICK}/{SICK}", "so", 409, id="one device"),
        pytest.param(f"{SICK}/nobody", "so", 404, id="no such device"),
        pytest.param(f"ws-/{SICK}", "so", 409, id="several"),
        pytest.param(f"{SICK}/{WELL}", "", 422, id="no reason"),
        pytest.param(f"{SICK}/{WELL}", " \n", 422, id="a blank reason"),
        pytest.param(f"{SICK}/{WELL}", "a\0b", 422, id="a reason with NUL"),
        pytest.param(f"{SICK}/{WELL}", "x" * 501, 422, id="too long a reason"),
        pytest.param(f"{SICK}/{WELL}", ["so"], 422, id="no text"),
        pytest.param(f"{SICK}/{'x' * 254}", "so", 422, id="too long a name"),
    ],
)
def test_what_cannot_be_decided(
    manager: TestClient, path: str, reason: object, status: int
) -> None:
    path = f"/api/v1/possible-duplicates/{path}/different"

    assert decide(manager, path, reason)[0] == status


def test_the_longest_reason_is_taken(manager: TestClient) -> None:
    assert decide(manager, reason="x" * 500)[0] == 200


def test_a_device_that_never_reported_can_be_one_of_them(manager: TestClient) -> None:
    path = f"/api/v1/possible-duplicates/{NEW}/{SICK}"
    found = manager.get(path).json()

    assert None in {found["older"]["last_seen_at"], found["newer"]["last_seen_at"]}
    assert decide(manager, f"{path}/different")[0] == 200


@pytest.mark.parametrize("what", ["different", "same"])
def test_who_approves_nobody_decides_nothing(technician: TestClient, what: str) -> None:
    assert decide(technician, f"{PAIR}/{what}")[0] == 403


def test_they_are_one_machine(clinic: Clinic, manager: TestClient) -> None:
    """All of the one that never reported is the other's, under either name; and it is done once."""
    make_twin(clinic, NEW, SICK)
    pair = f"/api/v1/possible-duplicates/{NEW}/{SICK}"
    assert manager.get(pair).json()["outlook"] == {
        "goes_on": SICK,
        "ends": NEW,
        "hindrance": None,
    }
    status, done = decide(manager, f"{pair}/same", HOSTILE)
    assert (status, done["device_id"], done["ended"], done["reason"]) == (200, SICK, NEW, HOSTILE)

    for name in (NEW, "ws-new", "WS-SICK"):
        found = manager.get(f"/api/v1/devices/{name}").json()
        assert (found["device_id"], found["hostname"]) == (SICK, "ws-sick")
    for path in ("asset", "history?metric=cpu.load_1m", "marks", "score", "changes", "software"):
        assert manager.get(f"/api/v1/devices/{NEW}/{path}").status_code == 200
    assert [one["number"] for one in manager.get(f"/api/v1/tickets?device={NEW}").json()["items"]]
    (alias,) = manager.get(f"/api/v1/devices/{NEW}/identity").json()["aliases"]
    assert (alias["device_id"], alias["hostname"], alias["by"]) == (
        NEW,
        "ws-new",
        "administrator.doe",
    )
    assert manager.post(f"{pair}/same", json={"reason": "again"}).json() == done
    assert manager.get(pair).status_code == 409
    assert NEW not in manager.get("/api/v1/devices").text
    shut_out = manager.get("/api/v1/revoked-devices").json()["items"]
    assert [one["device_id"] for one in shut_out] == [NEW]


@pytest.mark.parametrize(
    ("path", "reason", "headers", "status"),
    [
        pytest.param(PAIR, "so", {}, 428, id="nothing was read"),
        pytest.param(PAIR, "so", {"If-Match": '"old"'}, 412, id="something else was read"),
        pytest.param(PAIR, "so", {"If-Match": "*"}, 409, id="both report"),
        pytest.param(PAIR, "", {"If-Match": "*"}, 422, id="no reason"),
        pytest.param(PAIR, " ", {"If-Match": "*"}, 422, id="a blank reason"),
        pytest.param(PAIR, "x" * 501, {"If-Match": "*"}, 422, id="too long a reason"),
        pytest.param(f"{PAIR[:-36]}{SICK}", "so", {"If-Match": "*"}, 409, id="one device"),
        pytest.param(f"{PAIR[:-36]}nobody", "so", {"If-Match": "*"}, 404, id="no such device"),
    ],
)
def test_what_cannot_become_one(
    manager: TestClient, path: str, reason: str, headers: dict[str, str], status: int
) -> None:
    answer = manager.post(f"{path}/same", json={"reason": reason}, headers=headers)

    assert answer.status_code == status, answer.text
