from pathlib import Path

import pytest

from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.hardware import Drive, DrivesSection
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import DriveSample, Sample
from sickbay_agent.probes import drive_load, drives
from tests.agent.fakes import laptop_context, write_tree


def test_laptop() -> None:
    (section,) = drives.PROBE.read(laptop_context()).sections

    assert section == DrivesSection(
        drives=(
            Drive(
                drive_id="HN51204417",
                name="nvme0n1",
                model="Halden NVX 512GB",
                serial="HN51204417",
                firmware="2QGA7B",
                wwn="eui.0025388b91b4c0d7",
                size_bytes=512_110_190_592,
                interface="nvme",
                medium=Medium.NVME,
                removable=False,
            ),
        )
    )


def test_a_virtual_disk_says_that_it_has_no_health(tmp_path: Path) -> None:
    write_tree(tmp_path, {"sys/block/vda/size": "8"})
    (section,) = drives.PROBE.read(laptop_context(folder=tmp_path)).sections

    assert isinstance(section, DrivesSection)
    assert section.drives[0].absences == (
        Absence(
            topic="drives/vda",
            kind=AbsenceKind.NOT_APPLICABLE,
            reason="a virtual disk has no health of its own",
        ),
    )


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(64, (64, False), id="at the limit"),
        pytest.param(65, (64, True), id="one more"),
    ],
)
def test_limit(tmp_path: Path, count: int, expected: tuple[int, bool]) -> None:
    write_tree(tmp_path, {f"sys/block/nvme{n}n1/size": "8" for n in range(count)})
    context = laptop_context(folder=tmp_path)
    (section,) = drives.PROBE.read(context).sections
    sample = drive_load.PROBE.read(context).sample

    assert isinstance(section, DrivesSection)
    assert expected == (len(section.drives), section.truncated)
    assert expected == (len(sample.drives), sample.truncated)


def test_first_load_has_no_ratio() -> None:
    """A rate needs two readings."""
    assert drive_load.PROBE.read(laptop_context()) == Observation(
        sample=Sample(drives=(DriveSample(drive_id="HN51204417", medium=Medium.NVME),)),
        counters={"HN51204417": 351_200},
    )


@pytest.mark.parametrize(
    ("before_ms", "ratio"),
    [
        pytest.param(321_200.0, 0.5, id="half"),
        pytest.param(351_200.0, 0.0, id="idle"),
        pytest.param(0.0, 1.0, id="more than the time"),
        pytest.param(351_201.0, None, id="counter went back"),
    ],
)
def test_load(before_ms: float, ratio: float | None) -> None:
    context = laptop_context(previous={"HN51204417": before_ms}, elapsed_s=60.0)
    (sample,) = drive_load.PROBE.read(context).sample.drives

    assert ratio == sample.busy_ratio


@pytest.mark.parametrize("text", ["", "1 2 3", "1 2 3 4 5 6 7 8 9 x 11"])
def test_another_format_is_no_load(text: str) -> None:
    assert drive_load.parse(text) is None
