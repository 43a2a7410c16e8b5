"""What was seen of the fleet is kept for some seconds, for each scope."""

from dataclasses import replace

import pytest

from sickbay_collector.core.errors import StoreError
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.glances import Glance, Glances
from tests.collector.clinic import NOW

GLANCE = Glance(
    at=NOW,
    counts=DeviceCounts(by_presence={}, by_score={}, open_alerts=0),
    worst=(),
    silent=(),
    fell={},
    rose={},
)


class Fleet:
    """Counts how often it is looked at, and by a clock that tests move."""

    def __init__(self) -> None:
        self.looks = 0
        self.now_s = 0.0

    def look(self) -> Glance:
        """Take a look."""
        self.looks += 1
        counts = replace(GLANCE.counts, open_alerts=self.looks)
        return replace(GLANCE, counts=counts)


def test_a_look_serves_everybody_of_its_scope() -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)
    found = [glances.get(scope, fleet.look).counts.open_alerts for scope in "aab"]

    assert found == [1, 1, 2]


def test_an_old_look_is_taken_anew_first() -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)
    glances.get("a", fleet.look)
    fleet.now_s = 1000.0

    assert glances.get("a", fleet.look).counts.open_alerts == 2


def test_nothing_is_kept_where_nothing_is_to_be_kept() -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s, fresh_s=0)
    found = [glances.get("a", fleet.look).counts.open_alerts for _ in range(2)]

    assert found == [1, 2]


def test_the_scopes_that_are_kept_are_bounded() -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)
    for number in range(40):
        fleet.now_s = number / 100
        glances.get(number, fleet.look)
    glances.get(39, fleet.look)
    assert fleet.looks == 40
    glances.get(0, fleet.look)

    assert fleet.looks == 41


def test_the_whole_fleet_is_looked_at_before_anybody_asks() -> None:
    """And again when the look gets old, so that nobody waits for one."""
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)
    glances.keep("all", fleet.look)
    for fleet.now_s in (0.0, 30.0, 61.0):
        glances.renew(NOW)
    assert fleet.looks == 2
    glances.get("all", fleet.look)

    assert fleet.looks == 2


def test_a_part_is_looked_at_again_while_somebody_asks_for_it_now_and_then() -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)
    glances.get("part", fleet.look)
    for fleet.now_s in (100.0, 899.0, 1000.0, 2000.0):
        glances.renew(NOW)

    assert fleet.looks == 3


def test_a_look_that_fails_is_taken_again(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet()
    glances = Glances(lambda: fleet.now_s)

    def fail() -> Glance:
        raise StoreError("the database is away")

    glances.keep("all", fail)
    glances.renew(NOW)
    glances.keep("all", fleet.look)
    glances.renew(NOW)

    assert fleet.looks == 1
    assert "the database is away" in caplog.text
