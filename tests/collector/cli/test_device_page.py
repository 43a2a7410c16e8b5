"""Lines of a device's pages that need more than the small fleet has."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from sickbay_collector.cli import history_page
from sickbay_collector.cli.client import Json, Record
from sickbay_collector.cli.device_page import print_device_page
from sickbay_collector.cli.score_page import print_score

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
GIB = 1 << 30

FINDING: Record = {
    "category": "capacity",
    "key": "capacity/root",
    "title": "Volume / has 0.7 GB (0.7 %) free.",
    "remedy": "Free space on /.",
    "value": 0.7,
    "unit": "%",
    "threshold": 20.0,
    "since": NOW.isoformat(),
    "source": "the file system",
}
CAP: Record = {"limit": 40.0, "sentence": "The system volume is nearly full.", "key": "x"}
HEALTH: Record = {
    "value": 40.0,
    "low": 20.0,
    "high": 40.0,
    "confidence": 0.9,
    "grade": "critical",
    "ledger": [
        {"points": 21.5, "finding": FINDING, "cap": None},
        {"points": 38.5, "finding": FINDING, "cap": CAP},
    ],
}


def printed(device: Record, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    print_device_page(console, device, now=NOW)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def volume(mount_point: str, free_ratio: float) -> Record:
    """Return a device with one volume of 100 GiB."""
    readings: Json = [
        {"metric": "volume.total_bytes", "instance": "v", "value": 100 * GIB, "unit": "bytes"},
        {
            "metric": "volume.free_bytes",
            "instance": "v",
            "value": free_ratio * 100 * GIB,
            "unit": "bytes",
        },
    ]
    row: Json = {"mount_point": mount_point, "filesystem": "ext4"}
    return {"sections": [{"kind": "volumes", "rows": {"v": row}}], "readings": readings}


def test_a_cap_says_that_it_bounds_the_score() -> None:
    """Its finding stands above it already."""
    text = " ".join(printed({"health": HEALTH}, width=120).split())

    assert "-21.5 Volume / has 0.7 GB (0.7 %) free." in text
    assert "-38.5 The system volume is nearly full. The score is 40 at most." in text


def test_a_capping_finding_is_explained_once() -> None:
    console = Console(width=120, file=io.StringIO(), highlight=False, markup=False)
    print_score(console, HEALTH, now=NOW)
    text = console.file.getvalue()  # type: ignore[attr-defined]

    assert text.count("  0.7 %, costs points from 20 %; from the file system") == 1


@pytest.mark.parametrize(
    ("mount_point", "shown"),
    [
        pytest.param("/twenty/characters/x", "/twenty/characters/x", id="fits"),
        pytest.param("/one/more/characters/", "…ne/more/characters/", id="one more"),
        pytest.param("/" + "a" * 200 + "/volume", "…aaaaaaaaaaaa/volume", id="far more"),
    ],
)
def test_a_long_mount_point_leaves_room_for_the_figures(mount_point: str, shown: str) -> None:
    """The figures matter more, and of a path its end."""
    lines = [line for line in printed(volume(mount_point, 0.31)).splitlines() if "GiB" in line]

    assert f"{shown}  ███████░░░  31.0 GiB free  31 %  of 100 GiB" in lines[0]


def test_the_free_share_is_rounded_down_as_in_the_score() -> None:
    assert "0.7 %" in printed(volume("/", 0.0079))


def test_topics_with_one_reason_are_told_together() -> None:
    absences: Json = [{"topic": "battery", "reason": "the device has no battery"}]
    sections: Json = {"batteries": "the device has no battery", "os": "unreadable"}
    text = printed({"absences": absences, "section_absences": sections})

    assert "batteries, battery: the device has no battery" in text
    assert "os: unreadable" in text


def test_the_line_of_a_history_keeps_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """What is newest must not be cut off where a name is long."""
    point: Record = {"at": (NOW - timedelta(minutes=1)).isoformat(), "count": 1}
    series: Record = {
        "metric": "volume.free_bytes",
        "instance": "/very" * 20,
        "unit": "bytes",
        "points": [{**point, "mean": GIB, "low": GIB, "high": GIB}],
        "first": GIB,
        "last": GIB,
    }
    history_page.show({"series": [series]}, NOW - timedelta(days=1), NOW)
    line = capsys.readouterr().out.splitlines()[1]

    assert line.endswith("▁")
    assert len(line) <= 120
