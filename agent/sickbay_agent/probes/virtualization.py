"""Whether the device is a virtual machine or a container, from small files only.

Names are those of systemd-detect-virt(1), and "firecracker", which it does not know. A container
is named before the virtual machine that it runs in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.files import children, read_bytes, read_text
from sickbay_agent.probes.mounts import parse_mountinfo

NONE = "none"
OTHER = "vm-other"

CONTAINERS = frozenset(
    {"docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "wsl", "openvz", "rkt", "proot"}
    | {"pouch", "container-other"}
)

# Starts of the DMI vendor and product fields, in the order of systemd's src/basic/virt.c.
# Source: systemd's detect_vm_dmi_vendor(), with the newer names of clouds.
_DMI_NAMES = (
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("KubeVirt", "kvm"),
    ("Amazon EC2", "amazon"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VMW", "vmware"),
    ("innotek GmbH", "oracle"),
    ("VirtualBox", "oracle"),
    ("Xen", "xen"),
    ("Bochs", "bochs"),
    ("Parallels", "parallels"),
    ("BHYVE", "bhyve"),
    ("Hyper-V", "microsoft"),
    ("Apple Virtualization", "apple"),
    ("Google Compute Engine", "google"),
)

# Source: names of the clocks that guests get, drivers/clocksource and arch/x86/kernel/kvmclock.c.
_CLOCKS = (("kvm-clock", "kvm"), ("hyperv", "microsoft"), ("xen", "xen"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Texts that give a virtual machine or a container away; empty where the file is missing."""

    dmi: tuple[str, ...] = ()
    """Vendor and product fields of DMI."""
    cpuinfo: str = ""
    clocks: str = ""
    hypervisor: str = ""
    """<sys>/hypervisor/type."""
    xen_capabilities: str = ""
    """<proc>/xen/capabilities; "control_d" in the privileged domain, which is not a guest."""
    acpi_maker: str = ""
    """Maker of the ACPI description table, at most 6 letters."""
    container: str = ""
    """Name that the container's manager left for us."""
    init_environment: str = ""
    """Environment of process 1, separated by NUL."""
    cgroup: str = ""
    """Control groups of process 1."""
    kernel: str = ""
    """Kernel release."""
    is_root_on_disk: bool = False
    """Whether the root filesystem is a disk's, as no container's is."""
    has_docker_mark: bool = False
    has_podman_mark: bool = False
    is_openvz_guest: bool = False


def detect(traces: Traces) -> str:
    """Return the type of virtualisation, "none" on real hardware."""
    return _container(traces) or _machine(traces) or NONE


def read_traces(roots: Roots) -> Traces:
    """Read all that `detect` judges."""
    proc, sys = roots.proc, roots.sys
    dmi = sys / "class/dmi/id"
    clock = sys / "devices/system/clocksource/clocksource0/available_clocksource"
    # The root directory is a sibling of proc, on a real machine as in a fixture tree.
    top = proc.parent
    return Traces(
        dmi=tuple(
            read_text(dmi / name) or ""
            for name in ("product_name", "sys_vendor", "board_vendor", "bios_vendor")
        ),
        cpuinfo=read_text(proc / "cpuinfo") or "",
        clocks=read_text(clock) or "",
        hypervisor=read_text(sys / "hypervisor/type") or "",
        xen_capabilities=read_text(proc / "xen/capabilities") or "",
        acpi_maker=_acpi_maker(read_bytes(sys / "firmware/acpi/tables/DSDT") or b""),
        container=read_text(roots.run / "systemd/container") or "",
        init_environment=read_text(proc / "1/environ") or "",
        cgroup=read_text(proc / "1/cgroup") or "",
        kernel=read_text(proc / "sys/kernel/osrelease") or "",
        is_root_on_disk=_is_root_on_disk(read_text(proc / "self/mountinfo") or ""),
        has_docker_mark=(top / ".dockerenv").exists(),
        has_podman_mark=(roots.run / ".containerenv").exists(),
        is_openvz_guest=any(children(proc / "vz")) and not (proc / "bc").exists(),
    )


def _acpi_maker(table: bytes) -> str:
    """Return the OEM id of an ACPI table.

    Source: ACPI specification 6.5, section 5.2.6: six bytes at offset 10 of every table header.
    """
    return table[10:16].decode("ascii", errors="replace").strip("\0 ")


def _container(traces: Traces) -> str | None:
    name = _variable(traces.init_environment, "container") or traces.container
    if "microsoft" in traces.kernel.lower():  # "5.15.90.1-microsoft-standard-WSL2"
        return "wsl"
    if name:
        # Some managers write a product name of their own; what matters is that it is a container.
        return {"oci": "docker"}.get(name, name if name in CONTAINERS else "container-other")
    if traces.is_openvz_guest:
        return "openvz"
    if traces.has_podman_mark:
        return "podman"
    # A virtual machine whose disk was made from a container image keeps the mark of the image.
    if traces.has_docker_mark and not traces.is_root_on_disk:
        return "docker"
    found = re.search(r"/(docker|kubepods|lxc)(?:\.payload)?[/.-]", traces.cgroup)
    return {"kubepods": "container-other"}.get(found[1], found[1]) if found else None


def _machine(traces: Traces) -> str | None:
    if traces.acpi_maker == "FIRECK":  # Firecracker's ACPI tables since 1.8
        return "firecracker"
    if "control_d" in traces.xen_capabilities:
        return None
    name = _machine_by_dmi(traces.dmi)
    if name == "qemu" and "kvm-clock" in traces.clocks:
        return "kvm"
    if name is None and traces.hypervisor == "xen":
        return "xen"
    if name is None:
        name = next((name for word, name in _CLOCKS if word in traces.clocks), None)
    return name or (OTHER if has_hypervisor_flag(traces.cpuinfo) else None)


def _machine_by_dmi(fields: Sequence[str]) -> str | None:
    if "Microsoft Corporation" in fields and "Virtual Machine" in fields:
        return "microsoft"  # the maker alone also makes tablets
    for text in fields:
        for start, name in _DMI_NAMES:
            if text.startswith(start):
                return name
    return None


def _is_root_on_disk(mountinfo: str) -> bool:
    roots = [mount for mount in parse_mountinfo(mountinfo) if mount.mount_point == "/"]
    source = roots[-1].source if roots else ""
    # Docker's old device mapper driver gives each container a volume.
    return source.startswith("/dev/") and "docker" not in source


def has_hypervisor_flag(cpuinfo: str) -> bool:
    """Whether the processor says that a hypervisor is below it (x86 only)."""
    match = re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo, re.MULTILINE)
    return match is not None


def _variable(environment: str, name: str) -> str | None:
    for item in environment.split("\0"):
        key, separator, value = item.partition("=")
        if separator and key == name:
            return value
    return None
