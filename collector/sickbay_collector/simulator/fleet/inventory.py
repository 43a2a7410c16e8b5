"""Inventory sections of a synthetic device; what a model or image decides is shared."""

from functools import lru_cache

from sickbay.canonical import section_hash
from sickbay.v1 import common_pb2, inventory_pb2
from sickbay_collector.simulator.fleet import storage
from sickbay_collector.simulator.fleet.catalog import GIB, Form, Image, Model
from sickbay_collector.simulator.fleet.device import SimulatedDevice
from sickbay_collector.simulator.fleet.noise import mix

_PACKAGE_WORDS = ("lib", "python3-", "fonts-", "gir1.2-", "linux-", "perl-", "node-", "golang-")


def sections(device: SimulatedDevice) -> tuple[inventory_pb2.Section, ...]:
    """Return a device's sections, each with its hash."""
    model, image = device.model, device.image
    own = [
        inventory_pb2.Section(system=_system(device)),
        inventory_pb2.Section(volumes=_volumes(device)),
        inventory_pb2.Section(drives=_drives(device)),
        inventory_pb2.Section(network=_network(device)),
    ]
    if model.battery_wh:
        own.append(inventory_pb2.Section(batteries=_batteries(device)))
    for section in own:
        section.hash = section_hash(section)
    return (*own, *_of_model(model), *_of_image(image))


def state(found: tuple[inventory_pb2.Section, ...]) -> inventory_pb2.InventoryState:
    """Return the announcement of a device's sections."""
    announced = inventory_pb2.InventoryState()
    for section in found:
        kind = f"SECTION_KIND_{(section.WhichOneof('content') or '').upper()}"
        announced.sections.add(kind=inventory_pb2.SectionKind.Value(kind), hash=section.hash)
    announced.absences.add(
        topic="updates",
        kind=common_pb2.ABSENCE_KIND_UNKNOWN,
        reason="the simulator keeps no list of updates",
    )
    return announced


# A pure function of few values; hashing 2,000 packages for each device would take all its time.
@lru_cache(maxsize=64)
def _of_model(model: Model) -> tuple[inventory_pb2.Section, ...]:
    cpu = inventory_pb2.CpuSection(
        name=model.cpu,
        vendor="Kestrel",
        architecture="x86_64",
        cores=model.cores,
        threads=model.cores * 2,
        sockets=1,
    )
    memory = inventory_pb2.MemorySection(
        total_bytes=model.memory_gib * GIB, swap_total_bytes=4 * GIB, slots=2, slots_free=1
    )
    memory.modules.add(
        slot="DIMM 0", size_bytes=model.memory_gib * GIB, type="DDR5", speed_mts=4800
    )
    return _hashed(inventory_pb2.Section(cpu=cpu), inventory_pb2.Section(memory=memory))


@lru_cache(maxsize=16)
def _of_image(image: Image) -> tuple[inventory_pb2.Section, ...]:
    system = inventory_pb2.OsSection(
        name=image.name,
        id=image.os_id,
        version=image.version,
        version_id=image.version,
        pretty_name=f"{image.name} {image.version}",
        kernel_release=image.kernel,
        architecture="x86_64",
        platform=image.platform,
    )
    software = inventory_pb2.SoftwareSection()
    for number in range(image.package_count):
        drawn = mix(number, image.package_count)
        word = _PACKAGE_WORDS[drawn % len(_PACKAGE_WORDS)]
        software.packages.add(
            name=f"{word}{number:04d}",
            version=f"{drawn % 9}.{drawn // 9 % 40}.{drawn // 360 % 20}",
            source=image.source,
            architecture="amd64",
        )
    return _hashed(inventory_pb2.Section(os=system), inventory_pb2.Section(software=software))


def _hashed(*found: inventory_pb2.Section) -> tuple[inventory_pb2.Section, ...]:
    for section in found:
        section.hash = section_hash(section)
    return found


def _system(device: SimulatedDevice) -> inventory_pb2.SystemSection:
    return inventory_pb2.SystemSection(
        manufacturer=device.model.maker,
        model=device.model.name,
        serial=device.serial,
        uuid=device.uuid(100),
        chassis_type="Notebook" if device.model.form is Form.LAPTOP else "Desktop",
        bios_vendor=device.model.maker,
        bios_version="1.14",
        secure_boot=True,
        uefi=True,
        virtualization="none",
        hostname=device.hostname,
        machine_id=device.uuid(101).replace("-", ""),
    )


def _volumes(device: SimulatedDevice) -> inventory_pb2.VolumesSection:
    section = inventory_pb2.VolumesSection()
    windows = device.image.platform == "windows"
    for place, (mount_point, total_bytes) in enumerate(storage.mount_points(device)):
        section.volumes.add(
            volume_id=device.uuid(place),
            mount_point=mount_point,
            filesystem="ntfs" if windows else "ext4",
            total_bytes=total_bytes,
            encrypted=device.model.form is Form.LAPTOP,
            is_system=place == 0,
        )
    return section


def _drives(device: SimulatedDevice) -> inventory_pb2.DrivesSection:
    section = inventory_pb2.DrivesSection()
    section.drives.add(
        drive_id=device.drive_serial,
        name="nvme0n1" if device.model.is_nvme else "sda",
        model=f"Storax {device.model.drive_gib}",
        serial=device.drive_serial,
        size_bytes=device.model.drive_gib * GIB,
        interface="nvme" if device.model.is_nvme else "sata",
        medium=storage.medium(device.model),
    )
    return section


def _network(device: SimulatedDevice) -> inventory_pb2.NetworkSection:
    section = inventory_pb2.NetworkSection(gateways=["192.0.2.1"], dns_servers=["192.0.2.53"])
    section.interfaces.add(
        name="wlan0" if device.model.form is Form.LAPTOP else "eth0",
        mac=device.mac,
        mac_is_permanent=True,
        speed_mbps=1000,
        is_physical=True,
    )
    return section


def _batteries(device: SimulatedDevice) -> inventory_pb2.BatteriesSection:
    section = inventory_pb2.BatteriesSection()
    section.batteries.add(
        battery_id=f"{device.serial}B",
        manufacturer=device.model.maker,
        chemistry="Li-ion",
        design_wh=device.model.battery_wh,
    )
    return section
