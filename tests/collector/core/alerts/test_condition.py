"""Three-valued truth of conditions."""

from collections.abc import Mapping

import pytest

from sickbay_collector.core.alerts.condition import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Gone,
    Leaf,
    triggers,
    truth,
)

YES = Leaf(metric="cpu.busy_ratio", comparison=Comparison.ABOVE, limit=0.5)
NO = Leaf(metric="cpu.busy_ratio", comparison=Comparison.BELOW, limit=0.5)
UNREAD = Leaf(metric="cpu.iowait_ratio", comparison=Comparison.ABOVE, limit=0.5)


class Readings:
    """Fixed readings."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = values

    def value(self, leaf: Leaf) -> float | None:
        return self._values.get(leaf.metric)

    def gone(self) -> bool | None:
        return None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(YES, True, id="leaf"),
        pytest.param(NO, False, id="false leaf"),
        pytest.param(UNREAD, None, id="leaf without reading"),
        pytest.param(Gone(), None, id="gone without a list"),
        pytest.param(AllOf(parts=(YES, YES)), True, id="all"),
        pytest.param(AllOf(parts=(YES, UNREAD)), None, id="all with one unread"),
        pytest.param(AllOf(parts=(UNREAD, NO)), False, id="all with one false"),
        pytest.param(AnyOf(parts=(NO, YES, UNREAD)), True, id="any"),
        pytest.param(AnyOf(parts=(NO, UNREAD)), False, id="any leaves unread parts out"),
        pytest.param(AnyOf(parts=(UNREAD, UNREAD)), None, id="any without a reading"),
    ],
)
def test_truth(condition: Condition, *, expected: bool | None) -> None:
    assert truth(condition, Readings({"cpu.busy_ratio": 0.9})) is expected


@pytest.mark.parametrize(
    ("comparison", "limit", "value", "expected"),
    [
        pytest.param(Comparison.ABOVE, 5, 5, False, id="above is strict"),
        pytest.param(Comparison.AT_LEAST, 5, 5, True, id="at least is not"),
        pytest.param(Comparison.BELOW, 5, 5, False, id="below is strict"),
        pytest.param(Comparison.AT_MOST, 5, 5, True, id="at most is not"),
        pytest.param(Comparison.IS, 1, 1, True, id="is"),
        pytest.param(Comparison.ANY_BIT, 0x0D, 0x12, False, id="other bits"),
        pytest.param(Comparison.ANY_BIT, 0x0D, 0x03, True, id="one of the bits"),
    ],
)
def test_comparisons(comparison: Comparison, limit: float, value: float, *, expected: bool) -> None:
    leaf = Leaf(metric="m", comparison=comparison, limit=limit)

    assert truth(leaf, Readings({"m": value})) is expected


def test_triggers_hold_whenever_the_condition_does() -> None:
    window = Leaf(metric="m", comparison=Comparison.AT_LEAST, limit=2, within_s=60)
    any_event = Leaf(metric="m", comparison=Comparison.ABOVE, limit=0)

    assert triggers(AnyOf(parts=(AllOf(parts=(YES, NO)), window))) == (YES, any_event)
    assert triggers(Gone()) == ()
