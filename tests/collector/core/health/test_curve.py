"""Tests of piecewise linear curves."""

import pytest

from sickbay_collector.core.health.curve import pl

POINTS = ((1.0, 100.0), (5.0, 80.0), (20.0, 0.0))


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        pytest.param(-3.0, 100.0, id="flat-left-of-the-first-knee"),
        pytest.param(1.0, 100.0, id="first-knee"),
        pytest.param(3.0, 90.0, id="between"),
        pytest.param(5.0, 80.0, id="middle-knee"),
        pytest.param(12.5, 40.0, id="second-slope"),
        pytest.param(20.0, 0.0, id="last-knee"),
        pytest.param(1e9, 0.0, id="flat-right-of-the-last-knee"),
    ],
)
def test_a_curve_is_linear_between_knees_and_flat_outside(x: float, expected: float) -> None:
    actual = pl(x, POINTS)

    assert expected == pytest.approx(actual)
