"""Tests of the verdict on all drives of a device."""

from collections.abc import Mapping

import pytest

from sickbay_collector.core.health.records import DriveMemory, DriveReading
from sickbay_collector.core.health.storage import storage
from sickbay_collector.core.sample import Medium
from tests.collector.core.health.samples import START_S

SOUND = DriveMemory(medium=Medium.HDD, reading=DriveReading(pending_sectors=0.0), seen_at_s=START_S)
MUTE = DriveMemory(medium=Medium.SSD)
VIRTUAL = DriveMemory(medium=Medium.VIRTUAL)
EXCUSED = DriveMemory(medium=Medium.FLASH, is_not_applicable=True, reason="An SD card has none")


def failing(*, penalty_from: DriveReading) -> DriveMemory:
    return DriveMemory(
        medium=Medium.HDD, reading=penalty_from, seen_at_s=START_S, since_s=START_S - 86400
    )


@pytest.mark.parametrize(
    ("drives", "penalty", "worst", "gaps"),
    [
        pytest.param({"a": SOUND}, 0.0, 0.0, (), id="sound"),
        pytest.param({"a": SOUND, "v": VIRTUAL}, 0.0, 0.0, (), id="virtual-changes-nothing"),
        pytest.param({"a": SOUND, "e": EXCUSED}, 0.0, 0.0, (), id="excused-changes-nothing"),
        pytest.param(
            {"a": SOUND, "m": MUTE}, 0.0, 100.0, ("Drive m: no tool.",), id="mute-is-unknown"
        ),
    ],
)
def test_what_is_known(
    drives: Mapping[str, DriveMemory], penalty: float, worst: float, gaps: tuple[str, ...]
) -> None:
    verdict = storage(drives, unread="no tool")

    assert (penalty, worst, gaps) == (verdict.penalty, verdict.worst, verdict.gaps)
    assert verdict.seen_at_s == (START_S,)


def test_only_virtual_drives_are_not_applicable() -> None:
    verdict = storage({"v": VIRTUAL}, unread="no tool")

    assert verdict.is_not_applicable
    assert verdict.absence == "The drives are virtual."


def test_the_agents_reason_is_told_where_a_drive_is_excused() -> None:
    assert storage({"v": VIRTUAL, "e": EXCUSED}, unread="").absence == EXCUSED.reason


def test_a_mute_drive_gives_its_own_reason_first() -> None:
    mute = DriveMemory(medium=Medium.SSD, reason="permission denied")
    verdict = storage({"m": mute}, unread="no tool")

    assert verdict.seen_at_s == ()
    assert verdict.absence == "Drive m: permission denied."


def test_a_drive_once_read_stays_known_when_the_agent_calls_it_not_applicable() -> None:
    """A failing drive often stops answering; that must not make the device healthier."""
    drive = DriveMemory(
        medium=Medium.HDD,
        reading=DriveReading(smart_failed=1.0),
        is_not_applicable=True,
        seen_at_s=START_S,
    )

    assert storage({"a": drive}, unread="").penalty == 100.0


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(
            DriveReading(smart_failed=1.0), "Back up and replace drive a.", id="replace-now"
        ),
        pytest.param(
            DriveReading(pending_sectors=1.0),
            "Back up drive a and plan its replacement.",
            id="plan",
        ),
    ],
)
def test_remedy_follows_the_penalty(reading: DriveReading, expected: str) -> None:
    finding = storage({"a": failing(penalty_from=reading)}, unread="").parts[0].finding

    assert expected == finding.remedy
    assert (finding.seen_at - finding.since).days == 1


def test_heat_asks_for_cooling() -> None:
    drive = DriveMemory(
        medium=Medium.NVME, reading=DriveReading(nvme_critical_warning=2.0), seen_at_s=START_S
    )
    finding = storage({"n": drive}, unread="").parts[0].finding

    assert finding.remedy == "Check cooling and the drive's place in the case."
