"""A fleet's batches in order."""

from sickbay_collector.simulator.fleet.course import Span
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.fleet.stream import due_batches

# Monday 2026-03-02, 08:00 to 20:00 UTC.
SPAN = Span(since_s=1_772_438_400, until_s=1_772_481_600, interval_s=600, hours=Hours.ALWAYS)
DEVICES = 5


def test_batches_of_all_devices_are_in_the_order_in_which_they_are_due() -> None:
    """Each device's own stay in order, too."""
    found = list(due_batches(7, DEVICES, SPAN, size=6))

    assert {one.number for one in found} == set(range(DEVICES))
    assert [one.due_s for one in found] == sorted(one.due_s for one in found)
    assert sum(len(one.batch.bodies) for one in found) == DEVICES * 72
