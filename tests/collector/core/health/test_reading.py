"""Tests of taking numbers out of a sample."""

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.reading import checked, single


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="nan"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(float("-inf"), id="minus-infinity"),
        pytest.param(-0.01, id="below"),
        pytest.param(1.01, id="above"),
    ],
)
def test_what_is_no_possible_reading_is_refused(value: float) -> None:
    with pytest.raises(InvalidError, match=r"volume.free_ratio of root is .* must be 0 to 1"):
        checked("volume.free_ratio", "root", value)


@pytest.mark.parametrize("value", [pytest.param(0.0, id="low"), pytest.param(1.0, id="high")])
def test_the_ends_of_the_range_are_readings(value: float) -> None:
    assert value == checked("volume.free_ratio", "root", value)


def test_a_single_reading_names_no_instance_when_refused() -> None:
    with pytest.raises(InvalidError, match=r"^updates.reboot_pending is 2"):
        single({"updates.reboot_pending": {"": 2.0}}, "updates.reboot_pending")


def test_a_single_reading_is_none_where_there_is_none() -> None:
    assert single({}, "updates.reboot_pending") is None
    assert single({"updates.reboot_pending": {}}, "updates.reboot_pending") is None
