import pytest

from sickbay_agent.merge import LIST_LIMIT, merge_samples, merge_sections, overlay
from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.hardware import Drive, DrivesSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.sample import CpuSample, DriveSample, Sample, ThermalSample, UpdatesSample
from sickbay_agent.model.software import OsSection

NO_DRIVES = Absence(topic="drives", kind=AbsenceKind.UNKNOWN, reason="no right")
NO_DRIVE_A = Absence(topic="drives/A", kind=AbsenceKind.UNKNOWN, reason="no right")


def test_parts_of_one_drive_become_one() -> None:
    """Load and health of a drive come from different probes."""
    load = Sample(drives=(DriveSample(drive_id="A", busy_ratio=0.0), DriveSample(drive_id="B")))
    health = Sample(drives=(DriveSample(drive_id="A", medium=Medium.SSD, smart_passed=True),))

    expected = (
        DriveSample(drive_id="A", medium=Medium.SSD, smart_passed=True, busy_ratio=0.0),
        DriveSample(drive_id="B"),
    )
    assert expected == merge_samples([load, health]).drives


def test_later_value_wins_and_default_never_does() -> None:
    """What a part does not set is left as it was."""
    base = UpdatesSample(pending_count=3, reboot_pending=False)
    newer = UpdatesSample(reboot_pending=True)

    assert overlay(base, newer) == UpdatesSample(pending_count=3, reboot_pending=True)


def test_no_parts_are_an_empty_sample() -> None:
    """Nothing read is nothing set."""
    assert Sample() == merge_samples([])


@pytest.mark.parametrize(
    ("absence", "sample", "expected"),
    [
        pytest.param(NO_DRIVES, Sample(), (NO_DRIVES,), id="no value"),
        pytest.param(
            NO_DRIVES, Sample(drives=(DriveSample(drive_id="A"),)), (), id="another part has one"
        ),
        pytest.param(
            NO_DRIVE_A,
            Sample(drives=(DriveSample(drive_id="B"),)),
            (NO_DRIVE_A,),
            id="an instance's own",
        ),
        pytest.param(NO_DRIVES, Sample(absences=(NO_DRIVES,)), (NO_DRIVES,), id="told twice"),
    ],
)
def test_absences(absence: Absence, sample: Sample, expected: tuple[Absence, ...]) -> None:
    """A topic with a value is not absent."""
    assert expected == merge_samples([Sample(absences=(absence,)), sample]).absences


@pytest.mark.parametrize(
    ("count", "is_cut"),
    [
        pytest.param(LIST_LIMIT, False, id="at the limit"),
        pytest.param(LIST_LIMIT + 1, True, id="past the limit"),
    ],
)
def test_lists_are_cut(count: int, is_cut: bool) -> None:  # noqa: FBT001
    """A machine with hundreds of sensors sends 64 and says so."""
    thermals = tuple(ThermalSample(sensor_id=str(number)) for number in range(count))

    sample = merge_samples([Sample(cpu=CpuSample(), thermals=thermals)])

    assert is_cut == sample.truncated
    assert len(sample.thermals) == LIST_LIMIT


def test_sections_of_one_kind_become_one() -> None:
    """A drive's firmware and its rotation come from different probes."""
    parts = (
        DrivesSection(drives=(Drive(drive_id="A", name="sda"),)),
        OsSection(id="debian"),
        DrivesSection(drives=(Drive(drive_id="A", name="sda", rotation_rpm=7200),)),
    )

    expected = {
        SectionKind.DRIVES: DrivesSection(
            drives=(Drive(drive_id="A", name="sda", rotation_rpm=7200),)
        ),
        SectionKind.OS: OsSection(id="debian"),
    }
    assert expected == merge_sections(parts)
