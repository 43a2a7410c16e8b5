"""One synthetic device: its model, habits and ailment, all from seed and number."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sickbay_collector.simulator.fleet.catalog import IMAGES, MODELS, Form, Image, Model
from sickbay_collector.simulator.fleet.noise import Topic, mix, unit

LARGEST_SEED = (1 << 63) - 1


class Ailment(StrEnum):
    """What is wrong with a device, if anything."""

    NONE = "none"
    FULL_DISK = "full_disk"
    FAILING_DRIVE = "failing_drive"
    MEMORY_HOG = "memory_hog"
    UPDATES_OVERDUE = "updates_overdue"
    NEVER_REBOOTS = "never_reboots"


# Shares of the fleet; most devices of an office are well. Chosen so that 200 devices show each.
_AILMENTS = (
    (0.04, Ailment.FULL_DISK),
    (0.06, Ailment.FAILING_DRIVE),
    (0.08, Ailment.MEMORY_HOG),
    (0.12, Ailment.UPDATES_OVERDUE),
    (0.15, Ailment.NEVER_REBOOTS),
)
# Desktops whose owner never switches them off.
_ALWAYS_ON_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """A device of the fleet."""

    number: int
    key: int
    """What every number of the device is drawn with."""
    model: Model
    image: Image
    ailment: Ailment
    is_always_on: bool
    boot_cycle_days: int
    """How often it is restarted at least."""

    @property
    def hostname(self) -> str:
        """Return a name that says that the device is not real."""
        kind = "lt" if self.model.form is Form.LAPTOP else "pc"
        return f"sim-{kind}-{self.number:05d}"

    @property
    def serial(self) -> str:
        """Return the system's serial number."""
        return f"SIM{mix(self.key, Topic.SERIAL, 0) % 36**8:010X}"

    @property
    def drive_serial(self) -> str:
        """Return the drive's serial number."""
        return f"SIMD{mix(self.key, Topic.SERIAL, 1) % 36**8:010X}"

    @property
    def mac(self) -> str:
        """Return the network interface's address, of the range for local use."""
        digits = f"{mix(self.key, Topic.SERIAL, 2) % (1 << 40):010x}"
        return ":".join(["02", *(digits[place : place + 2] for place in range(0, 10, 2))])

    def uuid(self, what: int) -> str:
        """Return a UUID in text form that is the device's own."""
        high, low = mix(self.key, Topic.EVIDENCE, what), mix(self.key, Topic.EVIDENCE, what, 1)
        return str(UUID(int=high << 64 | low, version=4))


def make_device(seed: int, number: int) -> SimulatedDevice:
    """Return a device of a fleet; the same for the same seed and number."""
    key = mix(seed, Topic.DEVICE, number)
    model = MODELS[mix(key, Topic.MODEL) % len(MODELS)]
    ailment = _ailment(unit(key, Topic.AILMENT))
    always_on = model.form is Form.DESKTOP and unit(key, Topic.HABIT) < _ALWAYS_ON_SHARE
    cycle_days = 7 if model.form is Form.LAPTOP or always_on else 1
    return SimulatedDevice(
        number=number,
        key=key,
        model=model,
        image=IMAGES[mix(key, Topic.IMAGE) % len(IMAGES)],
        ailment=ailment,
        is_always_on=always_on,
        boot_cycle_days=42 if ailment is Ailment.NEVER_REBOOTS else cycle_days,
    )


def _ailment(drawn: float) -> Ailment:
    return next((ailment for limit, ailment in _AILMENTS if drawn < limit), Ailment.NONE)
