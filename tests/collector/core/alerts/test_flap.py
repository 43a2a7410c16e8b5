"""Flap detection as Nagios computes it."""

import pytest

from sickbay_collector.core.alerts.flap import change_percent, is_flapping, remember


def history(states: str) -> int:
    """Return the bits of states written oldest first."""
    bits = 0
    for state in states:
        bits = remember(bits, bad=state == "1")
    return bits


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        pytest.param("0" * 21, 0.0, id="steady"),
        pytest.param("0" * 20 + "1", 6.25, id="newest change weighs 1.25"),
        pytest.param("0" + "1" * 20, 3.75, id="oldest change weighs 0.75"),
        pytest.param("01" * 10 + "0", 100.0, id="every state changes"),
        pytest.param("1" * 40, 0.0, id="older states are forgotten"),
    ],
)
def test_change_percent(states: str, percent: float) -> None:
    assert change_percent(history(states)) == pytest.approx(percent)


@pytest.mark.parametrize(
    ("states", "was", "flaps"),
    [
        pytest.param("0" * 17 + "0101", False, False, id="three changes are below 20"),
        pytest.param("0" * 17 + "1010", False, True, id="four are above"),
        pytest.param("0" * 20 + "1", True, True, id="goes on above 5"),
        pytest.param("01" + "1" * 19, True, False, id="ends at 5 and below"),
    ],
)
def test_starts_at_20_and_stops_at_5(states: str, *, was: bool, flaps: bool) -> None:
    assert is_flapping(history(states), was_flapping=was) is flaps
