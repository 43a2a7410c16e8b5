"""`/api/v1/home` as who looks at it first thing in the morning."""

import pytest
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


def test_home_says_whose_score_moved_and_what_moved_it(reader: TestClient) -> None:
    movers = reader.get(HOME).json()["fleet"]["movers"]
    (fell,) = movers["week"]["fell"]
    detail = reader.get(f"/api/v1/devices/{SICK}").json()

    assert (movers["day"], movers["week"]["rose"]) == ({"fell": [], "rose": []}, [])
    assert (fell["device_id"], fell["before"]) == (SICK, 96.0)
    assert fell["score"] == pytest.approx(96.0 + fell["change"])
    assert fell["reason"] == detail["health"]["ledger"][0]["finding"]["title"]
    assert detail["moves"]["week"]["category"] == fell["category"]


def test_home_is_for_who_has_a_token(anonymous: TestClient) -> None:
    assert anonymous.get(HOME).status_code == 401
