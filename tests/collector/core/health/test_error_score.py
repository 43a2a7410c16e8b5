"""Tests of S, the error score of a rotating drive."""

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay_collector.core.health.error_score import (
    annual_failures,
    error_level,
    error_rise,
    error_score,
    error_score_penalty,
    failed_in_90_days,
)
from sickbay_collector.core.health.records import DriveMemory, DriveReading
from sickbay_collector.core.sample import Medium
from tests.collector.core.health.samples import START_S

TODAY = START_S // 86400


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(DriveReading(), None, id="nothing-read"),
        pytest.param(DriveReading(smart_failed=0.0), None, id="no-counter"),
        pytest.param(DriveReading(reallocated_sectors=0.0), 0.0, id="sound"),
        pytest.param(DriveReading(reallocated_sectors=63.0), 1.0, id="reallocated"),
        pytest.param(DriveReading(reported_uncorrectable=1.0), 0.4, id="reported"),
        pytest.param(DriveReading(pending_sectors=15.0), 1.0, id="pending"),
        pytest.param(DriveReading(offline_uncorrectable=3.0), 0.5, id="offline"),
        pytest.param(DriveReading(grown_defects=63.0), 1.0, id="scsi-like-reallocated"),
        pytest.param(
            DriveReading(reallocated_sectors=7.0, grown_defects=63.0), 0.5, id="ata-before-scsi"
        ),
        pytest.param(
            DriveReading(
                reallocated_sectors=63.0,
                reported_uncorrectable=1.0,
                pending_sectors=15.0,
                offline_uncorrectable=3.0,
            ),
            2.9,
            id="sum",
        ),
    ],
)
def test_score(reading: DriveReading, expected: float | None) -> None:
    """S = log2(1+a5)/6 + log2(1+a187)/2.5 + log2(1+a197)/4 + log2(1+a198)/4."""
    actual = error_score(reading)

    assert expected == (actual if actual is None else pytest.approx(actual))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        pytest.param(0.0, 0.0, id="sound"),
        pytest.param(0.01, 24.79, id="the-first-error-is-a-step"),
        pytest.param(1.0, 50.05, id="at-1"),
        pytest.param(2.0, 75.56, id="at-2"),
        pytest.param(2.69, 93.16, id="below-the-end-of-the-fit"),
        pytest.param(2.7, 93.42, id="at-the-end-of-the-fit"),
        pytest.param(9.0, 93.42, id="above-the-end-of-the-fit"),
    ],
)
def test_penalty(score: float, expected: float) -> None:
    actual = error_score_penalty(score)

    assert expected == pytest.approx(actual, abs=0.01)


@pytest.mark.parametrize(
    ("score", "low", "high"),
    [
        pytest.param(0.0, 0.013, 0.013, id="0"),
        pytest.param(0.125, 0.06, 0.09, id="0-to-.25"),
        pytest.param(0.375, 0.09, 0.14, id=".25-to-.5"),
        pytest.param(0.875, 0.18, 0.21, id=".75-to-1"),
        pytest.param(1.25, 0.33, 0.38, id="1-to-1.5"),
        pytest.param(1.75, 0.74, 0.95, id="1.5-to-2"),
        pytest.param(2.5, 1.9, 2.4, id="2-to-3"),
    ],
)
def test_failures_are_near_the_measured_ones(score: float, low: float, high: float) -> None:
    """Measured on Backblaze's data in steps of S, both halves of the drives."""
    assert low <= annual_failures(score) <= high


def test_share_that_failed_in_90_days() -> None:
    assert failed_in_90_days(0.0) == pytest.approx(0.0032, abs=1e-4)
    assert failed_in_90_days(1.0) == pytest.approx(0.059, abs=1e-3)
    assert failed_in_90_days(2.7) == pytest.approx(0.541, abs=1e-3)


def test_the_level_of_an_nvme_drive_is_its_media_errors() -> None:
    assert error_level(DriveReading(nvme_media_errors=4.0)) == 4.0
    assert error_level(DriveReading(pending_sectors=15.0)) == 1.0
    assert error_level(DriveReading()) is None


@pytest.mark.parametrize(
    ("trail", "expected"),
    [
        pytest.param((), 0.0, id="none"),
        pytest.param(((TODAY, 4.0),), 0.0, id="first-reading-is-no-rise"),
        pytest.param(((TODAY - 29, 1.0), (TODAY, 4.0)), 3.0, id="since-the-first-reading"),
        pytest.param(
            ((TODAY - 90, 0.0), (TODAY - 30, 1.0), (TODAY - 3, 4.0)), 3.0, id="since-30-days"
        ),
        pytest.param(((TODAY - 90, 0.0), (TODAY - 30, 4.0)), 0.0, id="rose-30-days-ago"),
        pytest.param(((TODAY - 90, 0.0), (TODAY - 29, 4.0)), 4.0, id="rose-29-days-ago"),
        pytest.param(((TODAY - 3, 9.0), (TODAY, 4.0)), 0.0, id="fell"),
    ],
)
def test_rise_in_30_days(trail: tuple[tuple[int, float], ...], expected: float) -> None:
    drive = DriveMemory(medium=Medium.NVME, reading=DriveReading(), trail=trail, seen_at_s=START_S)

    assert expected == error_rise(drive)


def test_a_drive_that_was_never_read_did_not_rise() -> None:
    trail = ((TODAY - 1, 0.0), (TODAY, 4.0))

    assert error_rise(DriveMemory(medium=Medium.NVME, trail=trail)) == 0.0


def _rows() -> Iterator[dict[str, str]]:
    path = Path(os.environ.get("SICKBAY_DATA", "/nonexistent")) / "smart_backblaze/drives.csv.gz"
    if not path.exists():
        pytest.skip("SICKBAY_DATA has no smart_backblaze/drives.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def _count(text: str) -> float | None:
    return float(text) if text else None


def test_drives_with_a_high_score_failed_more_often() -> None:
    """On real drives S >= 1 finds at least 57 % of the failed ones, 60 % of those it names."""
    worst: defaultdict[str, float] = defaultdict(float)
    failed = set()
    for row in _rows():
        reading = DriveReading(
            reallocated_sectors=_count(row["smart_5"]),
            reported_uncorrectable=_count(row["smart_187"]),
            pending_sectors=_count(row["smart_197"]),
            offline_uncorrectable=_count(row["smart_198"]),
        )
        worst[row["drive"]] = max(worst[row["drive"]], error_score(reading) or 0.0)
        if row["failed"] == "1":
            failed.add(row["drive"])
    named = {drive for drive, score in worst.items() if score >= 1.0}

    assert len(named & failed) >= 0.57 * len(failed)
    assert len(named & failed) >= 0.60 * len(named)
