"""The machine as its maker names it: SMBIOS through sysfs, firmware, and what it runs on.

dmidecode is not used: it reads the same tables, and sysfs gives them without a program. Serial
numbers and the UUID are readable by root only.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.hardware import SystemSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes import virtualization
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, read_bytes, read_int, read_text, read_value
from sickbay_agent.probes.smbios import chassis_type, clean, clean_uuid

# The UEFI variable "SecureBoot" and the vendor GUID of the UEFI specification, section 3.3.
_SECURE_BOOT = "firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

_TPM_VERSIONS = {1: "1.2", 2: "2.0"}

DETECT_TIMEOUT_S = 2.0


def describe_dmi(get: Callable[[str], str | None]) -> SystemSection:
    """Return what the fields of <sys>/class/dmi/id tell, without placeholders.

    Args:
        get: Returns a field's text by its name; None where it is missing or not readable.
    """
    return SystemSection(
        manufacturer=clean(get("sys_vendor")),
        model=clean(get("product_name")),
        sku=clean(get("product_sku")),
        family=clean(get("product_family")),
        serial=clean(get("product_serial")),
        uuid=clean_uuid(get("product_uuid")),
        board_manufacturer=clean(get("board_vendor")),
        board_model=clean(get("board_name")),
        board_serial=clean(get("board_serial")),
        chassis_type=chassis_type(get("chassis_type")),
        asset_tag=clean(get("chassis_asset_tag")),
        bios_vendor=clean(get("bios_vendor")),
        bios_version=clean(get("bios_version")),
        bios_date=clean(get("bios_date")),
    )


def parse_secure_boot(variable: bytes | None) -> bool | None:
    """Return whether secure boot is on: 4 bytes of attributes, then 1 for on."""
    return None if variable is None or len(variable) != 5 else variable[4] == 1


def parse_machine_id(text: str | None) -> str | None:
    """Return a machine-id(5); None for "uninitialized" and anything else that is none."""
    machine_id = (text or "").lower()
    is_id = len(machine_id) == 32 and set(machine_id) <= set("0123456789abcdef")
    return machine_id if is_id and set(machine_id) != {"0"} else None


def read(context: Context) -> Observation:
    """Return the machine's description, with an absence for each part that is missing."""
    roots = context.roots
    dmi = roots.sys / "class/dmi/id"
    kind = virtualization.detect(virtualization.read_traces(roots))
    if kind in (virtualization.NONE, virtualization.OTHER):
        kind = _second_opinion(context) or kind
    is_uefi = (roots.sys / "firmware/efi").is_dir()
    section = replace(
        describe_dmi(lambda name: read_value(dmi / name)),
        secure_boot=parse_secure_boot(read_bytes(roots.sys / _SECURE_BOOT)),
        tpm_version=_tpm_version(roots),
        virtualization=kind,
        uefi=is_uefi,
        hostname=read_value(roots.proc / "sys/kernel/hostname"),
        machine_id=parse_machine_id(read_text(roots.etc / "machine-id"))
        or parse_machine_id(read_text(roots.var / "lib/dbus/machine-id")),
    )
    if not dmi.is_dir():
        section = _with_device_tree(section, roots)
    return Observation(sections=(section,), section_absences=tuple(_absences(section, dmi)))


def _second_opinion(context: Context) -> str | None:
    """Return what systemd-detect-virt says, where it knows better; it exits with 1 for "none"."""
    try:
        found = context.run(("systemd-detect-virt",), DETECT_TIMEOUT_S).strip()
    except (NotApplicable, Unknown):
        return None
    # Of a container it says no more than the marks that we have judged ourselves.
    return None if found in virtualization.CONTAINERS | {"", virtualization.NONE} else found


def _tpm_version(roots: Roots) -> str | None:
    """Return the version of the first TPM; None where there is none or Linux is before 5.6."""
    for folder in children(roots.sys / "class/tpm"):
        version = _TPM_VERSIONS.get(read_int(folder / "tpm_version_major") or 0)
        if version is not None:
            return version
    return None


def _with_device_tree(section: SystemSection, roots: Roots) -> SystemSection:
    """Add what boards without SMBIOS tell: "Raspberry Pi 4 Model B Rev 1.4"."""
    tree = roots.sys / "firmware/devicetree/base"
    return replace(
        section,
        model=clean(read_value(tree / "model")),
        serial=clean(read_value(tree / "serial-number")),
    )


def _absences(section: SystemSection, dmi: Path) -> Iterator[Absence]:
    is_virtual = section.virtualization != virtualization.NONE
    by_kind = AbsenceKind.NOT_APPLICABLE if is_virtual else AbsenceKind.UNKNOWN
    if section.model is None and not dmi.is_dir():
        reason = "the virtual machine" if is_virtual else "the firmware"
        yield _absence("model", by_kind, f"{reason} has no SMBIOS tables")
    elif section.model is None:
        yield _absence("model", by_kind, "the maker left the model empty")
    if section.serial is None and (dmi / "product_serial").exists():
        is_locked = read_bytes(dmi / "product_serial") is None
        reason = "only root may read it" if is_locked else "the maker left it empty"
        yield _absence("serial", AbsenceKind.UNKNOWN if is_locked else by_kind, reason)
    if section.secure_boot is None:
        reason = "UEFI does not tell" if section.uefi else "the system was not started by UEFI"
        kind = AbsenceKind.UNKNOWN if section.uefi else AbsenceKind.NOT_APPLICABLE
        yield _absence("secure_boot", kind, reason)
    if section.tpm_version is None:
        yield _absence("tpm_version", AbsenceKind.NOT_APPLICABLE, "Linux sees no TPM")


def _absence(field: str, kind: AbsenceKind, reason: str) -> Absence:
    return Absence(topic=f"system/{field}", kind=kind, reason=reason)


PROBE = Probe(
    name="system",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.SYSTEM,),
)
