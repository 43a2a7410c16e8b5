"""Tests of records as JSON values: what one of them refuses. Round trips are in test_memory."""

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.records import (
    DRIVE_FIELDS,
    DriveMemory,
    VolumeMemory,
    WaitingMemory,
)
from sickbay_collector.core.metric import METRICS


def test_every_drive_field_is_a_metric() -> None:
    assert [name for name in DRIVE_FIELDS if f"drive.{name}" not in METRICS] == []


def test_a_short_volume_is_refused() -> None:
    with pytest.raises(InvalidError, match="a list of 7"):
        VolumeMemory.from_plain(["/", 1])


def test_a_drive_reading_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidError, match=f"a list of {len(DRIVE_FIELDS)}"):
        DriveMemory.from_plain(["hdd", [0.0], [], 0, "", None, None, 0])


def test_nothing_waiting_ever_read_is_none() -> None:
    assert WaitingMemory.from_plain(None) is None
