import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Medium
from sickbay_agent.model.sample import DriveSample
from sickbay_agent.probes.smartctl import SIZE_LIMIT_BYTES, parse


class Attribute(NamedTuple):
    """A line of the ATA attribute table."""

    number: int
    name: str
    raw: int | str
    value: int = 100
    when_failed: str = ""
    is_prefail: bool = False

    def to_json(self) -> object:
        """Return it as smartctl prints it."""
        is_text = isinstance(self.raw, str)
        return {
            "id": self.number,
            "name": self.name,
            "value": self.value,
            "when_failed": self.when_failed,
            "flags": {"prefailure": self.is_prefail},
            "raw": {"value": 0xFFFF_FFFF_FFFF if is_text else self.raw, "string": str(self.raw)},
        }


def output(*attributes: Attribute, **fields: object) -> str:
    """Return smartctl's output for a drive that passes, with attributes and further fields."""
    table = [attribute.to_json() for attribute in attributes]
    ata = {"ata_smart_attributes": {"table": table}} if table else {}
    return json.dumps({"smart_status": {"passed": True}, **ata, **fields})


def parsed(text: str, medium: Medium = Medium.SSD) -> DriveSample:
    """Return the health of a drive that is awake."""
    sample = parse(text, drive_id="S1", medium=medium)
    assert sample is not None
    return sample


def test_hard_disk() -> None:
    text = output(
        Attribute(5, "Reallocated_Sector_Ct", 16, is_prefail=True),
        Attribute(187, "Reported_Uncorrect", 2),
        Attribute(188, "Command_Timeout", 4_295_032_833),
        Attribute(197, "Current_Pending_Sector", 3),
        Attribute(198, "Offline_Uncorrectable", 1),
        temperature={"current": 41},
        power_on_time={"hours": 20_000},
    )

    assert parsed(text, Medium.HDD) == DriveSample(
        drive_id="S1",
        medium=Medium.HDD,
        smart_passed=True,
        prefail_failing_now=False,
        reallocated_sectors=16,
        reported_uncorrectable=2,
        pending_sectors=3,
        offline_uncorrectable=1,
        temperature_celsius=41.0,
        power_on_hours=20_000,
    )


def test_nvme() -> None:
    """Per cent become shares; the used one may exceed 1; the warning stays a bit mask."""
    log = {
        "critical_warning": 5,
        "percentage_used": 104,
        "available_spare": 8,
        "available_spare_threshold": 10,
        "media_errors": 12,
    }
    text = json.dumps({"smart_status": {"passed": False}, "nvme_smart_health_information_log": log})

    assert parsed(text, Medium.NVME) == DriveSample(
        drive_id="S1",
        medium=Medium.NVME,
        smart_passed=False,
        nvme_critical_warning=5,
        nvme_used_ratio=1.04,
        nvme_spare_ratio=0.08,
        nvme_spare_threshold_ratio=0.1,
        nvme_media_errors=12,
    )


def test_scsi() -> None:
    text = output(scsi_grown_defect_list=260, scsi_percentage_used_endurance_indicator=30)

    assert parsed(text) == DriveSample(
        drive_id="S1",
        medium=Medium.SSD,
        smart_passed=True,
        grown_defects=260,
        life_left_ratio=0.7,
    )


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        pytest.param(Attribute(5, "X", 0, 1, "now", is_prefail=True), True, id="now"),
        pytest.param(Attribute(5, "X", 0, 1, "past", is_prefail=True), False, id="in the past"),
        pytest.param(Attribute(190, "X", 0, 1, "now"), False, id="old age only"),
    ],
)
def test_failing_now(attribute: Attribute, expected: object) -> None:
    """Only a pre-fail attribute below its threshold now predicts a failure; a hot day does not."""
    assert expected is parsed(output(attribute)).prefail_failing_now


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        pytest.param(0, 0, id="zero"),
        pytest.param("7 (0 12)", 7, id="count before what is packed beside it"),
        pytest.param(0xFFFF_FFFF, 0xFFFF_FFFF, id="at the limit"),
        pytest.param(0x1_0000_0000, None, id="one more is packed"),
        pytest.param("0x00ff00ff", None, id="hexadecimal is packed"),
        pytest.param("9" * 5000, None, id="more digits than int takes"),
    ],
)
def test_raw_counts(raw: int | str, count: int | None) -> None:
    """A packed value must not become a million bad sectors."""
    attribute = Attribute(5, "Reallocated_Sector_Ct", raw)

    assert count == parsed(output(attribute)).reallocated_sectors


def test_a_number_with_another_name_is_another_thing() -> None:
    """Some SSDs keep gigabytes read in 198."""
    sample = parsed(output(Attribute(198, "Host_Reads_GiB", 5120), Attribute(197, "Not_In_Use", 9)))

    assert (sample.offline_uncorrectable, sample.pending_sectors) == (None, None)


@pytest.mark.parametrize(
    ("attributes", "family", "left"),
    [
        pytest.param([Attribute(177, "Wear_Leveling_Count", 1661, 91)], "", 0.91, id="samsung"),
        pytest.param([Attribute(233, "Media_Wearout_Indicator", 0, 22)], "", 0.22, id="intel"),
        pytest.param([Attribute(230, "Media_Wearout_Indicator", 9, 1)], "", None, id="sandisk"),
        pytest.param([Attribute(202, "Percent_Lifetime_Remain", 12, 88)], "", 0.88, id="micron"),
        pytest.param([Attribute(202, "Perc_Rated_Life_Used", 3, 97)], "", 0.97, id="used"),
        pytest.param([Attribute(231, "SSD_Life_Left", 74, 100)], "Phison", 0.74, id="phison"),
        pytest.param([Attribute(231, "SSD_Life_Left", 1, 100)], "SandForce", 1.0, id="sandforce"),
        pytest.param([Attribute(231, "SSD_Life_Left", 95, 95)], "Phison", 0.95, id="both"),
        pytest.param([Attribute(226, "Workld_Media_Wear_Indic", 8, 5)], "", None, id="a timer"),
        pytest.param([Attribute(241, "Lifetime_Writes_GiB", 50, 50)], "", None, id="written"),
        pytest.param([Attribute(177, "Wear_Leveling_Count", 5, 200)], "", None, id="no per cent"),
        pytest.param(
            [
                Attribute(177, "Wear_Leveling_Count", 401, 100),
                Attribute(169, "Remaining_Lifetime_Perc", 96, 100),
            ],
            "Silicon Motion",
            0.96,
            id="the plainer name first",
        ),
    ],
)
def test_life_left(attributes: list[Attribute], family: str, left: float | None) -> None:
    """The name decides what wear means; vendors count it in three ways."""
    assert left == parsed(output(*attributes, model_family=family)).life_left_ratio


def test_the_standard_endurance_figure_comes_first() -> None:
    text = output(
        Attribute(177, "Wear_Leveling_Count", 5, 99), endurance_used={"current_percent": 120}
    )

    assert parsed(text).life_left_ratio == 0.0


def test_a_hard_disk_has_no_life_left() -> None:
    """Its rated life is not told by wear."""
    attribute = Attribute(177, "Wear_Leveling_Count", 5, 99)

    assert parsed(output(attribute), Medium.HDD).life_left_ratio is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"temperature": {"current": 0}}, (None, None), id="no sensor"),
        pytest.param({"temperature": {"current": 255}}, (None, None), id="unset byte"),
        pytest.param({"temperature": {"current": "hot"}}, (None, None), id="text"),
        pytest.param({"power_on_time": {"hours": 1_000_000}}, (None, 1_000_000), id="at the limit"),
        pytest.param({"power_on_time": {"hours": 1_000_001}}, (None, None), id="one more"),
        pytest.param({"power_on_time": {"hours": True}}, (None, None), id="flag"),
        pytest.param({"power_on_time": [1]}, (None, None), id="list"),
    ],
)
def test_out_of_range_is_no_value(
    fields: dict[str, object], expected: tuple[float | None, int | None]
) -> None:
    sample = parsed(output(**fields))

    assert expected == (sample.temperature_celsius, sample.power_on_hours)


def test_a_sleeping_drive_has_no_values() -> None:
    """It was not woken, and that is no fault of it."""
    message = {"string": "Device is in STANDBY mode, exit(2)", "severity": "information"}
    text = json.dumps({"smartctl": {"messages": [message], "exit_status": 2}})

    assert parse(text, drive_id="S1", medium=Medium.HDD) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "printed no JSON", id="nothing"),
        pytest.param("smartctl 6.6 2017-11-05", "printed no JSON", id="before version 7"),
        pytest.param("[" * 100_000, "printed no JSON", id="nested"),
        pytest.param("[]", "says nothing of health", id="a list"),
        pytest.param("{}", "says nothing of health", id="empty"),
        pytest.param(" " * (SIZE_LIMIT_BYTES + 1), "more than 1048576", id="too long"),
        pytest.param('{"smart_support":{"available":false}}', "does not support", id="no SMART"),
        pytest.param(
            '{"smart_support":{"available":true,"enabled":false}}', "switched off", id="off"
        ),
        pytest.param(
            '{"smartctl":{"messages":[{"string":"/dev/sdb: Unknown USB bridge"}]}}',
            "Unknown USB bridge",
            id="bridge",
        ),
    ],
)
def test_unreadable(text: str, reason: str) -> None:
    """The reason is what a technician sees beside the drive."""
    with pytest.raises(Unknown, match=reason):
        parse(text, drive_id="S1", medium=Medium.HDD)


def test_size_at_the_limit() -> None:
    text = output()

    assert parsed(text + " " * (SIZE_LIMIT_BYTES - len(text))).smart_passed is True


def public_outputs() -> list[Path]:
    """Return the public smartctl outputs, where this machine has them."""
    data = os.environ.get("SICKBAY_DATA")
    return sorted((Path(data) / "smartctl_json").glob("*.json")) if data else []


def test_public_outputs() -> None:
    """Each real drive's output is read, and none of these drives is failing."""
    files = public_outputs()
    if not files:
        pytest.skip("SICKBAY_DATA has no smartctl_json")
    samples = {
        file.name: parse(file.read_text(), drive_id=file.name, medium=Medium.UNSPECIFIED)
        for file in files
    }
    failing = [
        name
        for name, sample in samples.items()
        if sample is None or not sample.smart_passed or sample.prefail_failing_now
    ]

    assert failing == []
