"""What makers left unfilled tells no machine from another; what they filled in does."""

import pytest

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.identity_clues import (
    Clue,
    ClueKind,
    Housing,
    clues_of,
    housing_of,
    is_placeholder,
    swapped,
)

UUID = "4c4c4544-0042-4b10-8052-b4c04f4d3732"
SWAPPED = "44454c4c-4200-104b-8052-b4c04f4d3732"


@pytest.mark.parametrize(
    "value",
    [
        *("To Be Filled By O.E.M.", "to be filled by O.E.M", "Default string", "Not Specified"),
        *("System Serial Number", "SystemSerialNumb", "Base Board Serial Number", "OEM_Serial"),
        *("Chassis Serial Number", "Serial Number xxxxxx", "None", "N/A", "INVALID", "EVAL"),
        *("0", "00000000", "xxxxxxx", "........", "-", "0123456789", "123456789000", "987654321"),
        *("SN-12345", "SYS-1234567890", "MB-1234567890", "No Asset Tag", "Asset-1234567890"),
        *("NO Asset Information", "Unknown", "(null string)", "12345678901234567"),
    ],
)
@pytest.mark.parametrize("kind", [ClueKind.SERIAL, ClueKind.BOARD, ClueKind.TAG, ClueKind.DRIVE])
def test_what_nobody_filled_in_is_no_clue(kind: ClueKind, value: str) -> None:
    assert is_placeholder(Clue(kind, value.lower()), Housing.MACHINE)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "PF-3XK1P2",
            "5CG1234ABC",
            "/7XK2Q13/CNWS3000AB0123/",
            "S4EWNX0R123456",
            "VMware-56 4d 1a",
        ),
        *("2147483", "12345679", "CZC0123456", "R90T1234"),
    ],
)
def test_a_serial_is_a_clue(value: str) -> None:
    assert not is_placeholder(Clue(ClueKind.SERIAL, value.lower()), Housing.MACHINE)


@pytest.mark.parametrize(
    ("value", "tells"),
    [
        pytest.param(UUID, True, id="of a machine"),
        pytest.param("00000000-0000-0000-0000-000000000000", False, id="zeros"),
        pytest.param("ffffffff-ffff-ffff-ffff-ffffffffffff", False, id="ones"),
        pytest.param("01010101-0101-0101-0101-010101010101", False, id="repeated"),
        pytest.param("03000200-0400-0500-0006-000700080009", False, id="of a firmware's sample"),
        pytest.param("00020003-0004-0005-0006-000700080009", False, id="that one, swapped"),
        pytest.param("2", False, id="no UUID"),
    ],
)
def test_a_uuid_is_a_clue_unless_a_series_has_it(value: str, *, tells: bool) -> None:
    (clue,) = clues_of(Evidence(smbios_uuid=value.upper()))

    assert tells != is_placeholder(clue, Housing.MACHINE)


def test_both_byte_orders_of_a_uuid_are_one_clue() -> None:
    """Some hypervisors and old firmware write the first three parts the other way round."""
    assert swapped(UUID) == SWAPPED
    assert swapped("no UUID") == "no UUID"
    assert clues_of(Evidence(smbios_uuid=UUID)) == clues_of(Evidence(smbios_uuid=SWAPPED.upper()))


@pytest.mark.parametrize(
    ("mac", "housing", "tells"),
    [
        pytest.param("9c:eb:e8:12:34:56", Housing.MACHINE, True, id="of an adapter"),
        pytest.param("02:42:ac:11:00:02", Housing.MACHINE, False, id="made up"),
        pytest.param("01:00:5e:00:00:01", Housing.MACHINE, False, id="of a group"),
        pytest.param("00:00:00:00:00:00", Housing.MACHINE, False, id="zeros"),
        pytest.param("00:50:56:c0:00:08", Housing.MACHINE, False, id="of a virtual switch"),
        pytest.param("00:50:56:ab:00:08", Housing.VIRTUAL, True, id="of a VMware guest"),
        pytest.param("52:54:00:12:34:56", Housing.VIRTUAL, True, id="of a KVM guest"),
        pytest.param("52:54:00:12:34:56", Housing.MACHINE, False, id="of a bridge on a host"),
        pytest.param("9c:eb:e8:12:34", Housing.MACHINE, False, id="too short"),
    ],
)
def test_only_a_permanent_address_of_an_adapter_is_a_clue(
    mac: str, housing: Housing, *, tells: bool
) -> None:
    assert tells != is_placeholder(Clue(ClueKind.MAC, mac), housing)


@pytest.mark.parametrize(
    ("name", "housing"),
    [
        ("none", Housing.MACHINE),
        ("kvm", Housing.VIRTUAL),
        ("lxc", Housing.CONTAINER),
        ("wsl", Housing.CONTAINER),
        ("", Housing.UNKNOWN),
    ],
)
def test_what_a_system_runs_in(name: str, housing: Housing) -> None:
    assert housing_of(Evidence(virtualization=name)) == housing


def test_a_value_is_kept_once_in_small_letters() -> None:
    evidence = Evidence(
        system_serial=" PF  3X\t", permanent_macs=("AA:BB:CC:00:00:01", "aa:bb:cc:00:00:01")
    )

    assert clues_of(evidence) == (
        Clue(ClueKind.SERIAL, "pf 3x"),
        Clue(ClueKind.MAC, "aa:bb:cc:00:00:01"),
    )
