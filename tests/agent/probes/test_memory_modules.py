import os
from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import MemoryModule, MemorySection
from sickbay_agent.probes import memory_modules
from tests.agent.fakes import laptop_context, write_tree

MEMINFO = {"proc/meminfo": "MemTotal: 4 kB\n"}
SMBIOS = {**MEMINFO, "sys/class/dmi/id/product_name": "X1"}


def slot(number: int, **fields: str) -> str:
    """Return dmidecode's paragraph of a slot with a module of 4 GB."""
    own = {"Array Handle": "0x0001", "Size": "4 GB", "Locator": f"DIMM {number}", **fields}
    lines = "".join(f"\t{key.replace('_', ' ')}: {value}\n" for key, value in own.items())
    return f"Handle 0x{number + 16:04X}, DMI type 17, 40 bytes\nMemory Device\n{lines}\n"


def test_laptop() -> None:
    (section,) = memory_modules.PROBE.read(laptop_context()).sections

    assert section == MemorySection(
        total_bytes=16_087_289_856,
        swap_total_bytes=8_589_930_496,
        modules=(
            MemoryModule(
                slot="P0 CHANNEL A DIMM 0",
                size_bytes=17_179_869_184,
                type="DDR4",
                speed_mts=3200,
                manufacturer="Brandt Memory",
                part_number="BM16G3200S22",
                serial="5A21C09E",
            ),
        ),
        slots=2,
        slots_free=1,
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("16 GB", 17_179_869_184, id="gb"),
        pytest.param("8192 MB", 8_589_934_592, id="mb"),
        pytest.param("512 kB", 524_288, id="kb"),
        pytest.param("No Module Installed", 0, id="empty"),
        pytest.param("Not Installed", 0, id="empty in old versions"),
        pytest.param("0 MB", 0, id="zero"),
        pytest.param("Unknown", None, id="unknown"),
        pytest.param("16 lots", None, id="unit"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_size(text: str, size: int | None) -> None:
    assert size == memory_modules.parse_size(text)


@pytest.mark.parametrize(
    ("count", "kept"),
    [pytest.param(64, 64, id="at the limit"), pytest.param(65, 64, id="one more")],
)
def test_limit(count: int, kept: int) -> None:
    """The count of slots stays true."""
    section = memory_modules.parse("".join(slot(number) for number in range(count)))

    assert (kept, count) == (len(section.modules), section.slots)


def test_firmware_flash_and_video_memory_are_no_modules() -> None:
    """Both have tables of the same type."""
    text = (
        "Handle 0x0001, DMI type 16, 23 bytes\nPhysical Memory Array\n\tUse: System Memory\n\n"
        "Handle 0x0002, DMI type 16, 23 bytes\nPhysical Memory Array\n\tUse: Video Memory\n\n"
        "Handle 0x0003, DMI type 16, 23 bytes\nPhysical Memory Array\n\tUse: Flash Memory\n\n"
        "Handle 0x0004, DMI type 16, 23 bytes\nPhysical Memory Array\n\tUse: System Memory\n\n"
        + slot(0)
        + slot(1, Array_Handle="0x0002")
        + slot(2, Array_Handle="0x0003", Type="Flash")
        + slot(3, Array_Handle="0x0004", Type="Flash")
    )

    assert [module.slot for module in memory_modules.parse(text).modules] == ["DIMM 0"]


@pytest.mark.parametrize("text", ["", "# dmidecode 3.3\n", "Handle 0x1, DMI type 4, 9 bytes\n"])
def test_no_tables_of_memory(text: str) -> None:
    with pytest.raises(NotApplicable, match="describes no memory modules"):
        memory_modules.parse(text)


@pytest.mark.parametrize(
    ("files", "kind", "reason"),
    [
        pytest.param(
            MEMINFO,
            AbsenceKind.NOT_APPLICABLE,
            "the firmware has no SMBIOS tables to describe memory modules in",
            id="no SMBIOS",
        ),
        pytest.param(
            SMBIOS,
            AbsenceKind.UNKNOWN,
            "dmidecode is not installed; install the package dmidecode",
            id="no dmidecode",
        ),
        pytest.param(
            {**SMBIOS, "commands/dmidecode.txt": "# dmidecode 3.3\n"},
            AbsenceKind.NOT_APPLICABLE,
            "the firmware describes no memory modules",
            id="no tables",
        ),
    ],
)
def test_absences(tmp_path: Path, files: dict[str, str], kind: AbsenceKind, reason: str) -> None:
    """The section keeps the total and says why the modules are missing."""
    context = laptop_context(folder=write_tree(tmp_path, files))
    (section,) = memory_modules.PROBE.read(context).sections

    assert section == MemorySection(
        total_bytes=4096,
        absences=(Absence(topic="memory/modules", kind=kind, reason=reason),),
    )


@pytest.mark.parametrize(
    ("name", "slots", "free"),
    [
        pytest.param("dell-r630", 24, 8, id="server"),
        pytest.param("hp-dl360-gen7_2", 18, 10, id="unnamed modules"),
        pytest.param("openbsd-3.8", 6, 4, id="old"),
        pytest.param("sun-x2200-m2", 16, 0, id="full"),
        pytest.param("rhel-6.2-vmware-2vcpus", 64, 63, id="virtual"),
    ],
)
def test_public_outputs(name: str, slots: int, free: int) -> None:
    folder = Path(os.environ.get("SICKBAY_DATA", "/nonexistent")) / "parser_fixtures"
    file = folder / "generic/dmidecode" / name
    if not file.is_file():
        pytest.skip("SICKBAY_DATA has no dmidecode outputs")
    section = memory_modules.parse(file.read_text(errors="replace"))

    assert (slots, free) == (section.slots, section.slots_free)
    assert len({module.slot for module in section.modules}) == slots - free
