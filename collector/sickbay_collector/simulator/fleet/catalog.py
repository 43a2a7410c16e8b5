"""The hardware models and operating system images of the fleet.

A few of each, as companies buy them: devices of one model share inventory sections, so a collector
stores a thousand software lists as one. Makers and models are invented.
"""

from dataclasses import dataclass
from enum import StrEnum

GIB = 1 << 30


class Form(StrEnum):
    """What a device is built as."""

    LAPTOP = "laptop"
    DESKTOP = "desktop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A hardware model."""

    maker: str
    name: str
    form: Form
    cpu: str
    cores: int
    memory_gib: int
    drive_gib: int
    is_nvme: bool
    """A SATA drive otherwise: solid state in laptops, rotating in desktops."""
    battery_wh: float
    """Energy by design; 0 without a battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An operating system as it is installed."""

    platform: str
    os_id: str
    name: str
    version: str
    kernel: str
    package_count: int
    source: str
    """What the packages came by: "dpkg", "registry"."""


def _laptop(name: str, memory_gib: int, drive_gib: int, battery_wh: float) -> Model:
    return Model(
        maker="Norda",
        name=f"Travel {name}",
        form=Form.LAPTOP,
        cpu=f"Kestrel U{memory_gib // 2} 1.8 GHz",
        cores=memory_gib // 4 + 2,
        memory_gib=memory_gib,
        drive_gib=drive_gib,
        is_nvme=True,
        battery_wh=battery_wh,
    )


def _desktop(name: str, memory_gib: int, drive_gib: int, *, is_nvme: bool) -> Model:
    return Model(
        maker="Beldin",
        name=f"Office {name}",
        form=Form.DESKTOP,
        cpu=f"Kestrel D{memory_gib // 2} 3.2 GHz",
        cores=memory_gib // 4 + 4,
        memory_gib=memory_gib,
        drive_gib=drive_gib,
        is_nvme=is_nvme,
        battery_wh=0.0,
    )


MODELS = (
    _laptop("13", 8, 256, 48.0),
    _laptop("14", 16, 512, 57.0),
    _laptop("14 G2", 16, 512, 57.0),
    _laptop("16 Pro", 32, 1024, 86.0),
    _desktop("Mini", 8, 256, is_nvme=True),
    _desktop("Tower", 16, 1000, is_nvme=False),
    _desktop("Workstation", 64, 2048, is_nvme=True),
)

IMAGES = (
    Image(
        platform="linux",
        os_id="debian",
        name="Debian GNU/Linux",
        version="13",
        kernel="6.12.48",
        package_count=1800,
        source="dpkg",
    ),
    Image(
        platform="linux",
        os_id="ubuntu",
        name="Ubuntu",
        version="24.04",
        kernel="6.8.0-85",
        package_count=2100,
        source="dpkg",
    ),
    Image(
        platform="windows",
        os_id="windows",
        name="Windows 11 Pro",
        version="24H2",
        kernel="10.0.26100",
        package_count=140,
        source="registry",
    ),
)
