"""Tests of how the findings of one category add up."""

import pytest

from sickbay_collector.core.health.capacity import capacity
from sickbay_collector.core.health.verdict import combined
from tests.collector.core.health.test_capacity import volume


@pytest.mark.parametrize(
    ("penalties", "expected"),
    [
        pytest.param([], 0.0, id="none"),
        pytest.param([40.0], 40.0, id="one"),
        pytest.param([20.0, 40.0], 45.0, id="worst-and-a-quarter"),
        pytest.param([100.0, 80.0], 100.0, id="at-most-100"),
    ],
)
def test_the_worst_counts_in_full_and_the_rest_a_quarter(
    penalties: list[float], expected: float
) -> None:
    assert expected == combined(penalties)


@pytest.mark.parametrize(
    "others",
    [pytest.param(2, id="under-100"), pytest.param(12, id="cut-at-100")],
)
def test_shares_sum_to_the_penalty(others: int) -> None:
    volumes = {f"v{n}": volume(50, 50, is_system=False) for n in range(others)}
    verdict = capacity({"root": volume(50, 50), **volumes})

    assert pytest.approx(verdict.penalty) == sum(part.share for part in verdict.parts)
    assert verdict.penalty <= 100.0
