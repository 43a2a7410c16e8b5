import os
from pathlib import Path

import pytest

from sickbay_agent.probes.smbios import chassis_type, clean, clean_uuid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "To Be Filled By O.E.M.",
        "To be filled by O.E.M. by More String",
        "Default string",
        "System Serial Number",
        "System Product Name",
        "System manufacturer",
        "Base Board Serial Number",
        "Chassis Manufacture",
        "No Asset Tag",
        "Asset-1234567890",
        "A1_AssetTagNum0",
        "DIMM_B1_AssetTag",
        "SerNum01",
        "ModulePartNumber00",
        "Manufacturer07",
        "Type1ProductConfigId",
        "Not Specified",
        "<OUT OF SPEC>",
        "[Empty]",
        "None",
        "N/A",
        "0",
        "00000000",
        "FFFFFFFF",
        "XXXXXXXXXX",
        "...............",
        "0123456789",
        "123456789",
        "OEM Define 4",
        "INVALID",
    ],
)
def test_placeholders_are_absent(text: str) -> None:
    """Two devices with the same placeholder must not look like one."""
    assert clean(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Dell Inc.", "Dell Inc.", id="maker"),
        pytest.param("ProLiant  DL180 G6   ", "ProLiant DL180 G6", id="blanks"),
        pytest.param("0000065D", "0000065D", id="serial with zeros"),
        pytest.param("1634NM1100", "1634NM1100", id="serial"),
        pytest.param("VMware-42 1b ba bd", "VMware-42 1b ba bd", id="vmware"),
        pytest.param("A0", "A0", id="short"),
        pytest.param("System x3650 M5", "System x3650 M5", id="a model that starts like one"),
        pytest.param("OEM-7731", "OEM-7731", id="a serial that starts like one"),
    ],
)
def test_real_values_stay(text: str, expected: str) -> None:
    assert expected == clean(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "4C4C4544-0057-4610-8038-B2C04F385032",
            "4c4c4544-0057-4610-8038-b2c04f385032",
            id="lower case",
        ),
        pytest.param("00000000-0000-0000-0000-000000000000", None, id="zero"),
        pytest.param("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", None, id="all F"),
        pytest.param("00000000-0000-0000-0000-00000000000F", None, id="nearly zero"),
        pytest.param("03000200-0400-0500-0006-000700080009", None, id="shared by many boards"),
        pytest.param("Not Settable", None, id="text"),
        pytest.param("4C4C4544-0057-4610-8038", None, id="short"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_uuid(text: str | None, expected: str | None) -> None:
    assert expected == clean_uuid(text)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param("10", "Notebook", id="notebook"),
        pytest.param("3", "Desktop", id="desktop"),
        pytest.param("36", "Stick PC", id="last"),
        pytest.param("37", None, id="one more"),
        pytest.param("0", None, id="zero"),
        pytest.param("138", "Notebook", id="with a lock"),
        pytest.param("2", None, id="unknown"),
        pytest.param("1", None, id="other"),
        pytest.param("x", None, id="no number"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_chassis_type(number: str | None, words: str | None) -> None:
    assert words == chassis_type(number)


def test_public_tables_keep_their_serial_numbers() -> None:
    """Cleaning must not take real values for placeholders."""
    folder = Path(os.environ.get("SICKBAY_DATA", "/nonexistent")) / "parser_fixtures"
    file = folder / "generic/dmidecode/dell-r630"
    if not file.is_file():
        pytest.skip("SICKBAY_DATA has no dmidecode outputs")
    lines = [line.strip() for line in file.read_text().splitlines()]
    serials = {line.removeprefix("Serial Number: ") for line in lines if "Serial Number: " in line}

    assert {"2WF88P2", "425BB5D0"} <= {clean(serial) for serial in serials}
