from pathlib import Path

import pytest

from sickbay_agent.model.common import Medium
from sickbay_agent.probes.block_devices import BlockDevice, read_drives
from sickbay_agent.probes.contract import Roots
from tests.agent.fakes import write_tree


def drive(name: str, **files: str | bytes) -> dict[str, str | bytes]:
    """Return a drive's files in sysfs; "__" in a name stands for "/"."""
    own = {"size": "2048", "dev": "8:0", **files}
    return {f"sys/block/{name}/{key.replace('__', '/')}": value for key, value in own.items()}


def only_drive(folder: Path) -> BlockDevice:
    """Return the one drive of a tree."""
    (device,) = read_drives(Roots.under(folder)).values()
    return device


def test_sata_drive_with_udev(tmp_path: Path) -> None:
    """The kernel cuts a SATA model at 16 characters and does not tell the serial; udev does."""
    udev = "S:disk/by-id/x\nE:ID_BUS=ata\nE:ID_MODEL=HALDEN_HX2000\nE:ID_SERIAL_SHORT=WX7701\n"
    write_tree(
        tmp_path,
        {
            **drive(
                "sda",
                device__vendor="ATA     ",
                device__model="HALDEN HX2000-00",
                device__rev="81.0",
                queue__rotational="1",
                removable="0",
            ),
            "run/udev/data/b8:0": udev
            + "E:ID_REVISION=81.00A81\nE:ID_WWN=0x50014ee2b5\nE:ID_ATA_ROTATION_RATE_RPM=5400\n",
        },
    )

    assert only_drive(tmp_path) == BlockDevice(
        name="sda",
        number="8:0",
        model="HALDEN HX2000-00",
        serial="WX7701",
        firmware="81.0",
        wwn="0x50014ee2b5",
        size_bytes=1_048_576,
        interface="sata",
        is_rotational=True,
        rotation_rpm=5400,
        is_removable=False,
    )


def test_serial_from_the_unit_serial_number_page(tmp_path: Path) -> None:
    """Where udev is not running, SCSI's page 0x80 tells the serial number."""
    page = b"\x00\x80\x00\x08  AB1234"
    write_tree(tmp_path, drive("sda", device__vendor="ATA", device__vpd_pg80=page))

    assert only_drive(tmp_path).serial == "AB1234"


@pytest.mark.parametrize(
    ("name", "files", "medium"),
    [
        pytest.param(
            "nvme0n1", {"device__model": "X", "queue__rotational": "0"}, "nvme", id="nvme"
        ),
        pytest.param("sda", {"device__vendor": "ATA", "queue__rotational": "1"}, "hdd", id="hdd"),
        pytest.param("sda", {"device__vendor": "ATA", "queue__rotational": "0"}, "ssd", id="ssd"),
        pytest.param("mmcblk0", {"device__name": "DF4064"}, "flash", id="emmc"),
        pytest.param("vda", {"queue__rotational": "1"}, "virtual", id="virtio"),
        pytest.param("xvda", {}, "virtual", id="xen"),
        pytest.param(
            "sda",
            {"device__vendor": "VMware", "device__model": "Virtual disk"},
            "virtual",
            id="vmware",
        ),
        pytest.param(
            "sda",
            {"device__vendor": "Msft", "device__model": "Virtual Disk"},
            "virtual",
            id="hyper-v",
        ),
        pytest.param(
            "sda", {"device__vendor": "ATA", "device__model": "VBOX HARDDISK"}, "virtual", id="vbox"
        ),
        pytest.param(
            "nvme0n1", {"device__model": "Amazon Elastic Block Store"}, "virtual", id="ec2"
        ),
        pytest.param("sda", {}, "unspecified", id="nothing told"),
    ],
)
def test_medium(tmp_path: Path, name: str, files: dict[str, str], medium: str) -> None:
    write_tree(tmp_path, drive(name, **files))

    assert Medium(medium) == only_drive(tmp_path).medium


def test_usb_stick_is_flash(tmp_path: Path) -> None:
    """Sticks claim to rotate; a removable drive on USB is flash all the same."""
    write_tree(
        tmp_path,
        {
            **drive("sdb", removable="1", queue__rotational="1"),
            "run/udev/data/b8:0": "E:ID_BUS=usb\n",
        },
    )

    assert only_drive(tmp_path).medium is Medium.FLASH


@pytest.mark.parametrize(
    ("place", "interface"),
    [
        pytest.param("pci0000:00/0000:00:14.0/usb2/2-1/host4/block/sda", "usb", id="usb"),
        pytest.param("pci0000:00/0000:00:17.0/ata1/host0/block/sda", "sata", id="sata"),
        pytest.param("pci0000:00/virtio3/host0/block/sda", "virtio", id="virtio-scsi"),
        pytest.param("pci0000:00/host0/port-0:0/end_device-0:0/block/sda", "sas", id="sas"),
    ],
)
def test_interface_from_the_place_in_the_tree(tmp_path: Path, place: str, interface: str) -> None:
    real = write_tree(tmp_path / "sys/devices" / place, {"size": "2048", "dev": "8:0"})
    (tmp_path / "sys/block").mkdir()
    (tmp_path / "sys/block/sda").symlink_to(real)

    assert interface == only_drive(tmp_path).interface


@pytest.mark.parametrize(
    "name",
    ["loop0", "zram0", "dm-3", "md127", "sr0", "nbd0", "mmcblk0boot0", "mmcblk0rpmb", "nvme0c0n1"],
)
def test_what_is_no_drive(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, drive(name))

    assert read_drives(Roots.under(tmp_path)) == {}


@pytest.mark.parametrize("files", [{"size": "0"}, {"hidden": "1"}])
def test_empty_readers_and_hidden_paths_are_no_drives(
    tmp_path: Path, files: dict[str, str]
) -> None:
    write_tree(tmp_path, drive("sdc", **files))

    assert read_drives(Roots.under(tmp_path)) == {}


def test_ids_are_unique(tmp_path: Path) -> None:
    """Namespaces of one NVMe controller share its serial number."""
    for name in ("nvme0n1", "nvme0n2", "nvme1n1"):
        write_tree(tmp_path, drive(name, device__serial="" if name == "nvme1n1" else "S1"))

    assert list(read_drives(Roots.under(tmp_path))) == ["S1", "S1-nvme0n2", "nvme1n1"]
