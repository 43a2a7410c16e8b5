"""What was seen of the fleet is kept for some seconds, for each scope."""

from dataclasses import replace
from threading import Event

import pytest

from sickbay_collector.core.errors import StoreError
from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.glances import Glance
from sickbay_collector.services.kept_glances import Glances
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


def test_a_look_that_takes_long_is_not_waited_for_and_goes_on() -> None:
    """Who asks again meanwhile starts no second one; the next finds it."""
    fleet, over = Fleet(), Event()
    glances = Glances(lambda: fleet.now_s)

    def slowly() -> Glance:
        over.wait()
        return fleet.look()

    first = [glances.get_within("a", slowly, wait_s=0) for _ in range(2)]
    over.set()
    whole = glances.get("a", slowly)

    assert first == [None, None]
    assert glances.get_within("a", slowly, wait_s=0) is whole
    assert fleet.looks == 1


def test_a_look_that_is_there_in_time_is_shown() -> None:
    found = Glances(lambda: 0.0).get_within("a", Fleet().look, wait_s=60)

    assert found is not None
    assert found.counts.open_alerts == 1


def test_a_look_at_another_part_is_never_shown() -> None:
    """Nor while one's own is under way."""
    fleet, over = Fleet(), Event()
    glances = Glances(lambda: fleet.now_s)
    glances.get("all", fleet.look)

    def never() -> Glance:
        over.wait()
        return fleet.look()

    assert glances.get_within("part", never, wait_s=0) is None
    over.set()


def test_who_waits_for_a_look_hears_that_it_failed() -> None:
    def fail() -> Glance:
        raise StoreError("the database is away")

    glances = Glances(lambda: 0.0)
    with pytest.raises(StoreError):
        glances.get("a", fail)
    with pytest.raises(StoreError):
        glances.get_within("a", fail, wait_s=60)


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
