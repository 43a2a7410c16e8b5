"""Values and durations as people write them."""

import pytest

from sickbay_collector.core.alerts.words import (
    closes_when,
    duration_words,
    measured,
    opens_when,
    value_words,
)
from tests.collector.core.alerts.build import rule


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        pytest.param(0, "0 s", id="nothing"),
        pytest.param(90, "90 s", id="seconds"),
        pytest.param(900, "15 min", id="minutes"),
        pytest.param(3600, "60 min", id="an hour"),
        pytest.param(21600, "6 h", id="hours"),
        pytest.param(86400, "24 h", id="a day"),
        pytest.param(14 * 86400, "14 d", id="days"),
        pytest.param(1.25 * 86400, "30 h", id="more than a day"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        pytest.param("volume.used_ratio", 0.934, "93.4 %", id="share"),
        pytest.param("volume.used_ratio", 0.9, "90 %", id="whole share"),
        pytest.param("volume.free_bytes", 3.1e9, "3.1 GB", id="gigabytes"),
        pytest.param("volume.free_bytes", 2.5e12, "2.5 TB", id="terabytes"),
        pytest.param("volume.free_bytes", 512e6, "512 MB", id="megabytes"),
        pytest.param("volume.free_bytes", 12, "12 B", id="bytes"),
        pytest.param("drive.smart_failed", 1, "yes", id="flag"),
        pytest.param("drive.temperature_celsius", 41.5, "41.5 °C", id="temperature"),
        pytest.param("drive.power_on_hours", 12000, "12000 h", id="hours"),
        pytest.param("drive.pending_sectors", 8, "8", id="count"),
        pytest.param(
            "drive.nvme_critical_warning",
            0x05,
            "0x05 (spare blocks below the drive's limit, reliability degraded)",
            id="bits",
        ),
        pytest.param("drive.nvme_critical_warning", 0x40, "0x40", id="bit without a name"),
    ],
)
def test_values(metric: str, value: float, words: str) -> None:
    assert value_words(metric, value) == words


def test_closing_in_words() -> None:
    found = rule(clear={"any": [{"all": [{"above": 0.1}]}, {"gone": True}]}, clear_active_days=3)

    assert closes_when(found) == (
        "closes by itself when, for 10 min and 3 days of use,"
        ' "Inodes free" is above 10 %, or the volume is gone'
    )


def test_opening_in_words() -> None:
    assert opens_when(rule()) == 'opens when "Inodes free" is below 5 %, for 5 min'


def test_a_reading_is_written_like_its_limit() -> None:
    assert measured(6.1e9, "volume.free_bytes", "bytes") == "6.1 GB"
    assert measured(0.999, "volume.used_ratio", "ratio") == "99.9 %"
    assert measured(1.5, "volume.of_a_later_version", "celsius") == "2 °C"
