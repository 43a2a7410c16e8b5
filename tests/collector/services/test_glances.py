"""What was seen of the fleet is kept for some seconds, for each scope."""

from dataclasses import replace

from sickbay_collector.services.counts import DeviceCounts
from sickbay_collector.services.glances import Glance, Glances
from tests.collector.clinic import NOW

GLANCE = Glance(
    at=NOW, counts=DeviceCounts(by_presence={}, by_score={}, open_alerts=0), worst=(), silent=()
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
