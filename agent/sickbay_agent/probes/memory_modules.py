"""The memory modules and free slots, from dmidecode's tables 16 and 17.

Firmware describes modules to root only. Where it cannot be asked, the section keeps the total and
says why the modules are missing.
"""

import re
from collections.abc import Iterator, Mapping

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import MemoryModule, MemorySection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.memory import read_meminfo
from sickbay_agent.probes.smbios import clean

# Source: proto/sickbay/v1, MemorySection.modules.
LIMIT = 64

DMIDECODE_TIMEOUT_S = 4.0

_ARRAY = 16
_DEVICE = 17

_UNITS = {"kb": 10, "mb": 20, "gb": 30, "tb": 40, "bytes": 0}


def parse(text: str) -> MemorySection:
    """Return modules and slots in dmidecode's output; other tables in it are skipped.

    Flash for firmware and video memory have tables of the same type and are left out.

    Raises:
        NotApplicable: There are no tables of memory.
    """
    structures = list(parse_structures(text))
    arrays = {
        fields.get("Handle"): fields
        for number, fields in structures
        if number == _ARRAY and fields.get("Use", "System Memory") == "System Memory"
    }
    devices = [
        fields
        for number, fields in structures
        if number == _DEVICE
        and "Size" in fields  # old dmidecode names tables that it cannot read
        and (not arrays or fields.get("Array Handle", "") in arrays or len(arrays) == 1)
        and fields.get("Type", "").lower() not in ("flash", "rom", "eeprom")
    ]
    if not devices:
        raise NotApplicable("the firmware describes no memory modules")
    modules = [module for module in map(_module, devices) if module is not None]
    return MemorySection(
        modules=tuple(modules[:LIMIT]),
        slots=len(devices),
        slots_free=len(devices) - len(modules),
    )


def parse_structures(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield type number and fields of each structure; its own handle is field "Handle".

    Source: dmidecode(8): "Handle 0x0011, DMI type 17, 40 bytes", then its name, then indented
    fields. Before version 2.3 type and size stood on a line of their own.
    """
    for paragraph in re.split(r"^(?=Handle 0x)", text, flags=re.MULTILINE):
        head = re.match(r"Handle (0x[0-9A-Fa-f]+),?\s+DMI type (\d{1,3}),", paragraph)
        if head is not None:
            lines = re.findall(r"^\s+([^:\n]+): *(.*?)\s*$", paragraph, re.MULTILINE)
            yield int(head[2]), {**dict(lines), "Handle": head[1]}


def _module(fields: Mapping[str, str]) -> MemoryModule | None:
    """Return the module in a slot, None where the slot is empty."""
    size_bytes = parse_size(fields.get("Size", ""))
    if size_bytes == 0:
        return None
    return MemoryModule(
        slot=_slot(fields),
        size_bytes=size_bytes,
        type=clean(fields.get("Type")),
        speed_mts=_speed(fields),
        manufacturer=clean(fields.get("Manufacturer")),
        part_number=clean(fields.get("Part Number")),
        serial=clean(fields.get("Serial Number")),
    )


def _slot(fields: Mapping[str, str]) -> str:
    """Return a name that is this slot's alone: bank and slot, as boards number either from 0."""
    bank, slot = clean(fields.get("Bank Locator")), clean(fields.get("Locator"))
    parts = [part for part in (bank, slot) if part]
    return " ".join(dict.fromkeys(parts)) or fields.get("Handle", "")


def parse_size(text: str) -> int | None:
    """Return bytes: "16 GB", "8192 MB"; 0 for an empty slot, None where it is not known."""
    if re.match(r"no module|not installed|0( |$)", text, re.IGNORECASE):
        return 0
    match = re.match(r"(\d{1,12}) (\w+)", text)
    unit = _UNITS.get(match[2].lower()) if match else None
    return None if match is None or unit is None else int(match[1]) << unit


def _speed(fields: Mapping[str, str]) -> int | None:
    """Return transfers per second in millions; older dmidecode calls them MHz, or adds ns."""
    match = re.match(r"(\d{1,9}) (?:MT/s|MHz)", fields.get("Speed", ""))
    return int(match[1]) or None if match else None


def read(context: Context) -> Observation:
    """Return memory and its modules.

    Raises:
        Unknown: /proc/meminfo cannot be read.
    """
    amounts = read_meminfo(context.roots)
    tables, absences = _read_modules(context)
    section = MemorySection(
        total_bytes=amounts.get("MemTotal"),
        swap_total_bytes=amounts.get("SwapTotal"),
        modules=tables.modules,
        slots=tables.slots,
        slots_free=tables.slots_free,
        absences=absences,
    )
    return Observation(sections=(section,))


def _read_modules(context: Context) -> tuple[MemorySection, tuple[Absence, ...]]:
    try:
        return parse(_dmidecode(context)), ()
    except NotApplicable as error:
        return MemorySection(), (_absence(AbsenceKind.NOT_APPLICABLE, str(error)),)
    except Unknown as error:
        return MemorySection(), (_absence(AbsenceKind.UNKNOWN, str(error)),)


def _dmidecode(context: Context) -> str:
    if not (context.roots.sys / "class/dmi/id").is_dir():
        raise NotApplicable("the firmware has no SMBIOS tables to describe memory modules in")
    try:
        return context.run(("dmidecode", "-t", "16,17"), DMIDECODE_TIMEOUT_S)
    except NotApplicable as error:
        raise Unknown(f"{error}; install the package dmidecode") from None


def _absence(kind: AbsenceKind, reason: str) -> Absence:
    return Absence(topic="memory/modules", kind=kind, reason=reason)


PROBE = Probe(
    name="memory_modules",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.MEMORY,),
)
