"""What `smartctl --json --all` says of a drive's health: ATA, NVMe and SCSI.

Only figures that mean the same on every drive are taken. Vendors pack several counters into one
raw value, count wear up or down, and give attribute numbers meanings of their own, so an attribute
counts by its number and its name together, and a figure out of its range is no figure.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Medium
from sickbay_agent.model.sample import DriveSample

# Real outputs have 3 to 60 KiB.
SIZE_LIMIT_BYTES = 1 << 20

# A raw value is 48 bits; a real count of sectors or errors fits in 32. More is packed.
_COUNT_LIMIT = 0xFFFF_FFFF

# 114 years. More is a counter in minutes or seconds, or packed.
_HOURS_LIMIT = 1_000_000

_INT64_LIMIT = 0x7FFF_FFFF_FFFF_FFFF

# Names of attributes by number. Source: smartmontools' drivedb.h 7.3, which renames an attribute
# where the vendor gives its number another meaning (198 is "Host_Reads_GiB" on some drives). 188 is
# left out on purpose: Seagate packs three counters into it, and healthy Micron drives count it up.
_COUNT_NAMES = {
    5: {"Reallocated_Sector_Ct", "Reallocated_Block_Count", "Reallocate_NAND_Blk_Cnt"}
    | {"Retired_Block_Count"},
    187: {"Reported_Uncorrect", "Reported_UE_Counts", "Uncorrectable_Error_Cnt"}
    | {"Uncorrectable_ECC_Ct"},
    197: {"Current_Pending_Sector", "Current_Pending_ECC_Cnt", "Pending_Sector_Count"},
    198: {"Offline_Uncorrectable"},
}

# Attributes that tell how much rated life is left, best first. The normalised value is the per cent
# left in all of them, those named "Used" included (Micron: norm = 100 - raw). "Wear" and "Life" in
# other names mean workload timers, amounts written or flags (226, 230, 241), which are left out.
# Source: drivedb.h 7.3 and the vendors' notes in it.
_LIFE_NAMES = (
    "Percent_Lifetime_Remain",
    "Perc_Rated_Life_Remain",
    "Percent_Life_Remaining",
    "PCT_Life_Remaining",
    "Drive_Life_Remaining%",
    "DriveLife_Remaining%",
    "Lifetime_Remaining%",
    "Remaining_Lifetime_Perc",
    "Remaining_Life",
    "Lifetime_Left",
    "SSD_Life_Left_Perc",
    "SSD_Life_Left",
    "Perc_Rated_Life_Used",
    "Percent_Lifetime_Used",
    "Media_Wearout_Indicator",
    "Wear_Leveling_Count",
)
# Phison and Silicon Motion keep the normalised value at 100 and tell the per cent left in the raw
# value. SandForce uses the same name with flags in the raw value.
_LEFT_IN_RAW = frozenset({"SSD_Life_Left", "Remaining_Lifetime_Perc", "Lifetime_Remaining%"})

_ASLEEP = re.compile(r"Device is in (STANDBY|SLEEP|IDLE)")


def parse(text: str, *, drive_id: str, medium: Medium) -> DriveSample | None:
    """Return a drive's health; None for a drive that is asleep and was left so.

    Args:
        text: Output of `smartctl --json=c --all -n standby`.
        drive_id: The drive's id, kept.
        medium: What it stores on, kept.

    Raises:
        Unknown: It is no such output, or tells nothing of the drive's health; says why.
    """
    output = _Node(_load(text))
    messages = [item.text("string") or "" for item in output.child("smartctl").items("messages")]
    if any(_ASLEEP.search(message) for message in messages):
        return None
    passed = output.child("smart_status").flag("passed")
    log = output.child("nvme_smart_health_information_log")
    attributes = list(output.child("ata_smart_attributes").items("table"))
    if passed is None and log.is_empty and not attributes:
        raise Unknown(_why_nothing(output, messages))
    sample = DriveSample(
        drive_id=drive_id,
        medium=medium,
        smart_passed=passed,
        temperature_celsius=_temperature(output),
        power_on_hours=output.child("power_on_time").number("hours", high=_HOURS_LIMIT),
    )
    sample = _with_nvme(sample, log)
    sample = _with_scsi(sample, output)
    return _with_ata(sample, attributes, output)


class _Node:
    """A JSON object of which any part may be missing or of another type."""

    def __init__(self, value: object) -> None:
        self._fields: Mapping[object, object] = value if isinstance(value, dict) else {}

    @property
    def is_empty(self) -> bool:
        return not self._fields

    def child(self, name: str) -> "_Node":
        return _Node(self._fields.get(name))

    def items(self, name: str) -> Iterator["_Node"]:
        value = self._fields.get(name)
        yield from map(_Node, value if isinstance(value, list) else [])

    def text(self, name: str) -> str | None:
        value = self._fields.get(name)
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool | None:
        value = self._fields.get(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str, *, low: int = 0, high: int) -> int | None:
        value = self._fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if low <= value <= high else None


def _load(text: str) -> object:
    if len(text) > SIZE_LIMIT_BYTES:
        raise Unknown(f"smartctl printed {len(text)} bytes, more than {SIZE_LIMIT_BYTES}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unknown("smartctl printed no JSON; version 7.0 or newer is needed") from None


def _why_nothing(output: _Node, messages: list[str]) -> str:
    support = output.child("smart_support")
    if support.flag("available") is False:
        return "the drive does not support SMART"
    if support.flag("enabled") is False:
        return "SMART is switched off on the drive; switch it on with: smartctl -s on"
    told = next((message for message in messages if message), "it says nothing of health")
    return f"smartctl cannot read it: {told}"


def _temperature(output: _Node) -> float | None:
    # Drives without a sensor say 0, and unset bytes are 255 (NVMe: -273).
    value = output.child("temperature").number("current", low=1, high=150)
    return None if value is None else float(value)


def _with_nvme(sample: DriveSample, log: _Node) -> DriveSample:
    """Add the NVMe health log.

    Source: NVM Express base specification 2.0, figure 207: the used share is one byte and may
    exceed 100, spares are per cent, critical_warning is a bit mask.
    """
    return replace(
        sample,
        nvme_critical_warning=log.number("critical_warning", high=255),
        nvme_used_ratio=_ratio(log.number("percentage_used", high=255)),
        nvme_spare_ratio=_ratio(log.number("available_spare", high=100)),
        nvme_spare_threshold_ratio=_ratio(log.number("available_spare_threshold", high=100)),
        nvme_media_errors=log.number("media_errors", high=_INT64_LIMIT),
    )


def _with_scsi(sample: DriveSample, output: _Node) -> DriveSample:
    return replace(sample, grown_defects=output.number("scsi_grown_defect_list", high=_COUNT_LIMIT))


def _with_ata(sample: DriveSample, attributes: list[_Node], output: _Node) -> DriveSample:
    if sample.medium is not Medium.HDD and sample.medium is not Medium.NVME:
        sample = replace(sample, life_left_ratio=_life_left(attributes, output))
    if not attributes:
        return sample
    by_id = {attribute.number("id", high=255): attribute for attribute in attributes}
    return replace(
        sample,
        prefail_failing_now=any(map(_fails_now, attributes)),
        reallocated_sectors=_count(by_id, 5),
        reported_uncorrectable=_count(by_id, 187),
        pending_sectors=_count(by_id, 197),
        offline_uncorrectable=_count(by_id, 198),
    )


def _fails_now(attribute: _Node) -> bool:
    is_prefail = attribute.child("flags").flag("prefailure") is True
    return is_prefail and attribute.text("when_failed") == "now"


def _count(by_id: Mapping[int | None, _Node], number: int) -> int | None:
    attribute = by_id.get(number)
    if attribute is None or attribute.text("name") not in _COUNT_NAMES[number]:
        return None
    return _raw_count(attribute)


def _raw_count(attribute: _Node) -> int | None:
    """Return a raw count.

    smartctl prints what it unpacks as "5 (0 12)": the count comes first. The number beside that
    text holds all 48 bits.
    """
    raw = attribute.child("raw")
    printed = re.match(r"(\d{1,20})(?: |$)", raw.text("string") or "")
    if printed is None:
        return raw.number("value", high=_COUNT_LIMIT)
    count = int(printed[1])
    return count if count <= _COUNT_LIMIT else None


def _life_left(attributes: list[_Node], output: _Node) -> float | None:
    """Return the share of rated life that is left, 0 to 1."""
    used = output.child("endurance_used").number("current_percent", high=255)
    if used is None:
        used = output.number("scsi_percentage_used_endurance_indicator", high=255)
    if used is not None:
        return max(0.0, 1 - used / 100)
    named = {attribute.text("name"): attribute for attribute in attributes}
    for name in _LIFE_NAMES:
        if name in named:
            left = _life_left_percent(name, named[name], output.text("model_family") or "")
            return _ratio(left)
    return None


def _life_left_percent(name: str, attribute: _Node, family: str) -> int | None:
    # SanDisk's 230 bears this name and counts up in units of its own.
    if name == "Media_Wearout_Indicator" and attribute.number("id", high=255) == 230:
        return None
    left = attribute.number("value", high=100)
    raw = attribute.child("raw").number("value", low=1, high=100)
    if left == 100 and raw and name in _LEFT_IN_RAW and "SandForce" not in family:
        return raw
    return left


def _ratio(percent: int | None) -> float | None:
    return None if percent is None else percent / 100
