from dataclasses import replace

import pytest

from sickbay_agent.probes.virtualization import Traces, detect, read_traces
from tests.agent.fakes import laptop_context

FLAG = "processor : 0\nflags\t\t: fpu hypervisor lahf_lm\n"


@pytest.mark.parametrize(
    ("traces", "name"),
    [
        pytest.param(Traces(dmi=("ThinkPad", "LENOVO")), "none", id="laptop"),
        pytest.param(Traces(dmi=("Surface Pro 9", "Microsoft Corporation")), "none", id="surface"),
        pytest.param(
            Traces(dmi=("Virtual Machine", "Microsoft Corporation"), cpuinfo=FLAG),
            "microsoft",
            id="hyper-v",
        ),
        pytest.param(Traces(dmi=("KVM", "Red Hat")), "kvm", id="kvm"),
        pytest.param(Traces(dmi=("Standard PC", "QEMU")), "qemu", id="qemu alone"),
        pytest.param(
            Traces(dmi=("Standard PC", "QEMU"), clocks="kvm-clock tsc"), "kvm", id="qemu with kvm"
        ),
        pytest.param(Traces(dmi=("VMware7,1", "VMware, Inc.")), "vmware", id="vmware"),
        pytest.param(Traces(dmi=("VirtualBox", "innotek GmbH")), "oracle", id="virtualbox"),
        pytest.param(Traces(dmi=("t3.large", "Amazon EC2")), "amazon", id="ec2"),
        pytest.param(Traces(dmi=("HVM domU", "Xen")), "xen", id="xen hvm"),
        pytest.param(Traces(hypervisor="xen"), "xen", id="xen pv"),
        pytest.param(
            Traces(hypervisor="xen", xen_capabilities="control_d", cpuinfo=FLAG, clocks="xen"),
            "none",
            id="xen's own domain",
        ),
        pytest.param(Traces(clocks="tsc kvm-clock"), "kvm", id="by its clock"),
        pytest.param(Traces(clocks="hyperv_clocksource_tsc_page"), "microsoft", id="wmi clock"),
        pytest.param(Traces(acpi_maker="FIRECK", clocks="kvm-clock"), "firecracker", id="microvm"),
        pytest.param(Traces(cpuinfo=FLAG), "vm-other", id="only the flag"),
        pytest.param(Traces(cpuinfo="model name : hypervisor"), "none", id="not the flag"),
        pytest.param(Traces(has_docker_mark=True), "docker", id="docker"),
        pytest.param(
            Traces(has_docker_mark=True, is_root_on_disk=True, acpi_maker="FIRECK"),
            "firecracker",
            id="a disk made from an image",
        ),
        pytest.param(Traces(has_podman_mark=True), "podman", id="podman"),
        pytest.param(Traces(init_environment="A=1\0container=lxc\0"), "lxc", id="lxc"),
        pytest.param(Traces(container="systemd-nspawn"), "systemd-nspawn", id="nspawn"),
        pytest.param(Traces(container="oci"), "docker", id="oci"),
        pytest.param(Traces(container="brand-new"), "container-other", id="a new manager"),
        pytest.param(Traces(cgroup="12:cpu:/docker/3f2a\n"), "docker", id="docker's group"),
        pytest.param(Traces(cgroup="1:cpu:/lxc.payload.web/x\n"), "lxc", id="lxc's group"),
        pytest.param(Traces(cgroup="0::/kubepods/pod1\n"), "container-other", id="a pod"),
        pytest.param(Traces(cgroup="0::/user.slice/my-lxc-tools\n"), "none", id="no group of it"),
        pytest.param(Traces(kernel="5.15.90.1-microsoft-standard-WSL2"), "wsl", id="wsl"),
        pytest.param(Traces(is_openvz_guest=True), "openvz", id="openvz"),
    ],
)
def test_detect(traces: Traces, name: str) -> None:
    """Names are systemd-detect-virt's; the container is named before the machine below it."""
    assert name == detect(traces)


def test_a_container_on_a_virtual_machine_is_a_container() -> None:
    machine = Traces(dmi=("KVM",), cpuinfo=FLAG)

    assert detect(replace(machine, container="podman")) == "podman"


def test_traces_of_a_laptop() -> None:
    """Everything is read below the roots, nothing of the machine that runs this test."""
    traces = read_traces(laptop_context().roots)

    assert traces.dmi == (
        "Fieldbook 14 G3",
        "Northfield Computing",
        "Northfield Computing",
        "Insyde",
    )
    assert detect(traces) == "none"
