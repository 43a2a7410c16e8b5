"""Tests of narrowing JSON values."""

from collections.abc import Callable

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health import plain


@pytest.mark.parametrize(
    ("narrow", "value"),
    [
        pytest.param(plain.integer, 3, id="integer"),
        pytest.param(plain.optional_integer, None, id="no-integer"),
        pytest.param(plain.optional_integer, 3, id="optional-integer"),
        pytest.param(plain.number, 2.5, id="number"),
        pytest.param(plain.number, 2.0**60, id="largest-number"),
        pytest.param(plain.optional_number, None, id="no-number"),
        pytest.param(plain.text, "a", id="text"),
        pytest.param(plain.items, [1], id="items"),
        pytest.param(plain.mapping, {"a": 1}, id="mapping"),
    ],
)
def test_the_right_kind_passes(narrow: Callable[[plain.Plain], object], value: plain.Plain) -> None:
    assert value == narrow(value)


@pytest.mark.parametrize(
    ("narrow", "value", "wanted"),
    [
        pytest.param(plain.integer, 2.5, "a whole number", id="integer"),
        pytest.param(plain.number, "2", "a finite number", id="number"),
        pytest.param(plain.number, float("nan"), "a finite number", id="nan"),
        pytest.param(plain.number, float("inf"), "a finite number", id="infinity"),
        pytest.param(plain.number, 2.0**61, "a finite number", id="past-the-largest"),
        pytest.param(plain.text, None, "a text", id="text"),
        pytest.param(plain.items, {}, "a list", id="items"),
        pytest.param(plain.mapping, [], "a mapping", id="mapping"),
    ],
)
def test_another_kind_is_refused(
    narrow: Callable[[plain.Plain], object], value: plain.Plain, wanted: str
) -> None:
    with pytest.raises(InvalidError, match=wanted):
        narrow(value)


def test_a_list_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidError, match="a list of 2"):
        plain.items([1], 2)
