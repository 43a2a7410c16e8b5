"""Readings within their range are kept, all others refused and counted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.gather import MAX_INSTANCES, Gather
from sickbay_collector.core.metric import METRICS
from tests.kit.examples import FEW

_FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**70), 2**70)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_range_of_each_metric(metric: object) -> None:
    """Both ends are inside; the next number beyond either end is not."""
    found = METRICS[str(getattr(metric, "name", ""))]
    gather = Gather()

    assert gather.put(found.name, found.low, "low")
    assert gather.put(found.name, found.high, "high")
    assert not gather.put(found.name, math.nextafter(found.low, -math.inf))
    assert not gather.put(found.name, math.nextafter(found.high, math.inf))
    assert gather.refused == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1.0, 1e308, 2**63])
def test_absurd_values_are_refused(value: float) -> None:
    """A ratio that is no number, infinite, negative or huge is never kept."""
    gather = Gather()

    assert not gather.put("cpu.busy_ratio", value)
    assert gather.readings == {}
    assert gather.refused == 1


@FEW
@given(st.sampled_from(sorted(METRICS)), _FLOATS)
def test_only_finite_values_in_range_are_kept(metric: str, value: float) -> None:
    """Whatever comes in, what is kept lies in the metric's range."""
    gather = Gather()

    kept = gather.put(metric, value)

    assert kept == (METRICS[metric].low <= value <= METRICS[metric].high)
    assert kept == (not gather.refused)


def test_instances_of_a_metric_are_limited() -> None:
    """The 65th instance is refused and counted; a known one may be read again."""
    gather = Gather()
    kept = [gather.put("volume.free_ratio", 0.5, f"v{i}") for i in range(MAX_INSTANCES + 1)]

    assert kept == [True] * MAX_INSTANCES + [False]
    assert gather.put("volume.free_ratio", 0.4, "v0")
    assert gather.refused == 1
