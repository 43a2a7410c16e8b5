import json
from pathlib import Path

import pytest

from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.sample import DriveSample, Sample
from sickbay_agent.probes import drive_health
from tests.agent.fakes import FixtureRunner, laptop_context, write_tree


def says(message: str) -> str:
    """Return smartctl's output with nothing but a message."""
    return json.dumps({"smartctl": {"messages": [{"string": message}]}})


def test_laptop() -> None:
    context = laptop_context()
    sample = drive_health.PROBE.read(context).sample

    assert sample == Sample(
        drives=(
            DriveSample(
                drive_id="HN51204417",
                medium=Medium.NVME,
                smart_passed=True,
                nvme_critical_warning=0,
                nvme_used_ratio=0.07,
                nvme_spare_ratio=1.0,
                nvme_spare_threshold_ratio=0.1,
                nvme_media_errors=0,
                temperature_celsius=37.0,
                power_on_hours=5122,
            ),
        )
    )


def test_sleeping_disks_stay_asleep() -> None:
    """Every question to a drive carries `-n standby`."""
    context = laptop_context()
    drive_health.PROBE.read(context)

    assert isinstance(context.run, FixtureRunner)
    assert [command[:5] for command in context.run.commands] == [
        ("smartctl", "--json=c", "--all", "-n", "standby")
    ]


@pytest.mark.parametrize(
    ("files", "absence"),
    [
        pytest.param(
            {"sys/block/vda/size": "8"},
            Absence(
                topic="drives/vda",
                kind=AbsenceKind.NOT_APPLICABLE,
                reason="a virtual disk has no health of its own",
            ),
            id="virtual",
        ),
        pytest.param(
            {"sys/block/mmcblk0/size": "8"},
            Absence(
                topic="drives/mmcblk0",
                kind=AbsenceKind.NOT_APPLICABLE,
                reason="SD cards, eMMC and USB sticks do not report SMART",
            ),
            id="flash",
        ),
        pytest.param(
            {"sys/block/sda/size": "8"},
            Absence(
                topic="drives/sda",
                kind=AbsenceKind.UNKNOWN,
                reason="smartctl is not installed; install the package smartmontools",
            ),
            id="no smartctl",
        ),
        pytest.param(
            {
                "sys/block/sda/size": "8",
                "commands/smartctl.json": says("Permission denied"),
            },
            Absence(
                topic="drives/sda",
                kind=AbsenceKind.UNKNOWN,
                reason="smartctl cannot read it: Permission denied",
            ),
            id="not permitted",
        ),
    ],
)
def test_absences(tmp_path: Path, files: dict[str, str], absence: Absence) -> None:
    """What cannot have health leaves the score's weights; what should have it lowers confidence."""
    context = laptop_context(folder=write_tree(tmp_path, files))

    assert Sample(absences=(absence,)) == drive_health.PROBE.read(context).sample


def test_a_sleeping_drive_is_neither_value_nor_absence(tmp_path: Path) -> None:
    """What was read before stays good."""
    files = {
        "sys/block/sda/size": "8",
        "commands/smartctl.json": says("Device is in SLEEP mode, exit(2)"),
    }
    context = laptop_context(folder=write_tree(tmp_path, files))

    assert Sample() == drive_health.PROBE.read(context).sample
