from pathlib import Path

import pytest

from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import SystemSection
from sickbay_agent.probes import system
from tests.agent.fakes import laptop_context, write_tree

MICROVM = {
    "proc/cpuinfo": "processor : 0\nflags : fpu hypervisor\n",
    "sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc kvm-clock\n",
}


def test_laptop() -> None:
    """Placeholders are absent, the chassis is in words."""
    observation = system.PROBE.read(laptop_context())

    assert observation.section_absences == ()
    assert observation.sections == (
        SystemSection(
            manufacturer="Northfield Computing",
            model="Fieldbook 14 G3",
            sku="FB14G3-5650U-16",
            family="Fieldbook",
            serial="NF3K7QX0142",
            uuid="6f1d3c52-8a47-11ee-b962-0242ac120002",
            board_manufacturer="Northfield Computing",
            board_model="FB14-MB-R2",
            board_serial="L1HF93K014W",
            chassis_type="Notebook",
            bios_vendor="Insyde",
            bios_version="1.18",
            bios_date="03/11/2026",
            secure_boot=True,
            tpm_version="2.0",
            virtualization="none",
            uefi=True,
            hostname="fieldbook-0142",
            machine_id="9b1f4c7e2d8a4f0bb6a35e71c2d90844",
        ),
    )


@pytest.mark.parametrize(
    ("files", "absence"),
    [
        pytest.param(
            MICROVM,
            Absence(
                topic="system/model",
                kind=AbsenceKind.NOT_APPLICABLE,
                reason="the virtual machine has no SMBIOS tables",
            ),
            id="virtual",
        ),
        pytest.param(
            {"proc/cpuinfo": "processor : 0\n"},
            Absence(
                topic="system/model",
                kind=AbsenceKind.UNKNOWN,
                reason="the firmware has no SMBIOS tables",
            ),
            id="physical",
        ),
        pytest.param(
            {"sys/class/dmi/id/product_name": "System Product Name\n"},
            Absence(
                topic="system/model",
                kind=AbsenceKind.UNKNOWN,
                reason="the maker left the model empty",
            ),
            id="placeholder",
        ),
        pytest.param(
            {"sys/class/dmi/id/product_serial": "To Be Filled By O.E.M.\n"},
            Absence(
                topic="system/serial",
                kind=AbsenceKind.UNKNOWN,
                reason="the maker left it empty",
            ),
            id="serial",
        ),
        pytest.param(
            {"sys/firmware/efi/fw_platform_size": "64"},
            Absence(
                topic="system/secure_boot", kind=AbsenceKind.UNKNOWN, reason="UEFI does not tell"
            ),
            id="no variable",
        ),
    ],
)
def test_absences(tmp_path: Path, files: dict[str, str], absence: Absence) -> None:
    """A virtual machine cannot have a model; a physical one should."""
    context = laptop_context(folder=write_tree(tmp_path, files))

    assert absence in system.PROBE.read(context).section_absences


def test_board_without_smbios_tells_its_model_in_the_device_tree(tmp_path: Path) -> None:
    model = {"sys/firmware/devicetree/base/model": "Raspberry Pi 4 Model B Rev 1.4\0"}
    context = laptop_context(folder=write_tree(tmp_path, model))
    (section,) = system.PROBE.read(context).sections

    assert isinstance(section, SystemSection)
    assert section.model == "Raspberry Pi 4 Model B Rev 1.4"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        pytest.param({"commands/systemd-detect-virt.txt": "bhyve\n"}, "bhyve", id="knows more"),
        pytest.param({"commands/systemd-detect-virt.txt": "none\n"}, "none", id="agrees"),
        pytest.param(
            {"commands/systemd-detect-virt.txt": "docker\n"}, "none", id="a mark of an image"
        ),
        pytest.param({}, "none", id="not installed"),
        pytest.param(
            {**MICROVM, "commands/systemd-detect-virt.txt": "qemu\n"}, "kvm", id="ours comes first"
        ),
    ],
)
def test_second_opinion(tmp_path: Path, files: dict[str, str], name: str) -> None:
    context = laptop_context(folder=write_tree(tmp_path, files))
    (section,) = system.PROBE.read(context).sections

    assert isinstance(section, SystemSection)
    assert name == section.virtualization


@pytest.mark.parametrize(
    ("variable", "is_on"),
    [
        pytest.param(b"\x06\0\0\0\x01", {"on": True}, id="on"),
        pytest.param(b"\x06\0\0\0\0", {"on": False}, id="off"),
        pytest.param(b"\x06\0\0\0", {"on": None}, id="short"),
        pytest.param(None, {"on": None}, id="missing"),
    ],
)
def test_secure_boot(variable: bytes | None, is_on: dict[str, bool | None]) -> None:
    assert is_on == {"on": system.parse_secure_boot(variable)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "9B1F4C7E2D8A4F0BB6A35E71C2D90844", "9b1f4c7e2d8a4f0bb6a35e71c2d90844", id="id"
        ),
        pytest.param("uninitialized", None, id="first boot"),
        pytest.param("", None, id="empty"),
        pytest.param("0" * 32, None, id="zero"),
        pytest.param("9b1f4c7e2d8a4f0bb6a35e71c2d9084", None, id="short"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_machine_id(text: str | None, expected: str | None) -> None:
    assert expected == system.parse_machine_id(text)
