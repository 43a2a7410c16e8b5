"""`/api/v1/home` as who looks at it first thing in the morning."""

from starlette.testclient import TestClient

from tests.collector.clinic import SICK

HOME = "/api/v1/home"


def test_home_says_what_needs_somebody_and_how_the_fleet_is(reader: TestClient) -> None:
    """The only ticket waits for somebody; the sickest device says what costs it most."""
    found = reader.get(HOME).json()
    piles = {pile: view["count"] for pile, view in found["tickets"].items()}
    worst = found["fleet"]["worst"][0]

    assert piles == {"major": 0, "mine": 0, "waiting": 1, "pressing": 0}
    assert [one["number"] for one in found["tickets"]["waiting"]["items"]] == [1]
    assert sum(found["fleet"]["presence"].values()) == sum(found["fleet"]["scores"].values()) > 0
    assert worst["device_id"] == SICK
    assert worst["reason"]
    assert found["fleet"]["open_alerts"] == 1


def test_home_is_for_who_has_a_token(anonymous: TestClient) -> None:
    assert anonymous.get(HOME).status_code == 401
