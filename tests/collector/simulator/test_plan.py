import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.simulator.fleet.device import LARGEST_SEED
from sickbay_collector.simulator.plan import Plan

_LIMITS = [
    pytest.param("devices", 1, 100_000, 1, id="devices"),
    pytest.param("minutes", 1, 1_051_200, 1, id="minutes"),
    pytest.param("interval_s", 5, 3600, 1, id="interval"),
    pytest.param("batch", 1, 100, 1, id="batch"),
    pytest.param("connections", 1, 5000, 1, id="connections"),
    pytest.param("seed", 0, LARGEST_SEED, 1, id="seed"),
    pytest.param("speed", 0.01, 1e6, 0.001, id="speed"),
]


@pytest.mark.parametrize(("field", "low", "high", "step"), _LIMITS)
def test_values_at_the_limits_are_taken(field: str, low: float, high: float, step: float) -> None:
    made = [Plan(**{"devices": 1, "minutes": 1, field: value}) for value in (low, high)]  # type: ignore[arg-type]

    assert [low, high] == [getattr(plan, field) for plan in made]
    assert step > 0


@pytest.mark.parametrize(("field", "low", "high", "step"), _LIMITS)
def test_values_past_the_limits_are_refused(
    field: str, low: float, high: float, step: float
) -> None:
    for value in (low - step, high + step):
        with pytest.raises(InvalidError, match=r"between .* and .*, not"):
            Plan(**{"devices": 1, "minutes": 1, field: value})  # type: ignore[arg-type]


def test_simulated_time_ends_now() -> None:
    span = Plan(devices=1, minutes=60).span(1_000_000.0)

    assert (span.since_s, span.until_s) == (1_000_000 - 3600, 1_000_000)


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_with_a_speed_it_ends_when_the_simulation_does(speed: float) -> None:
    """At the speed of a clock it begins now; no sample is ever dated ahead."""
    span = Plan(devices=1, minutes=60, speed=speed).span(1_000_000.0)

    assert 1_000_000 + 3600 / speed == span.until_s
