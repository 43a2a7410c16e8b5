"""What makers leave in SMBIOS when they fill nothing in, and what its numbers mean.

A placeholder is worse than nothing: two devices with serial number "To Be Filled By O.E.M." look
like one. So a placeholder is read as absent.
"""

import re

# Exact placeholders, lower case. Source: SMBIOS tables of mainboards by AMI, Phoenix and Insyde as
# collected in public hardware probes; memory modules by dmidecode(8) and the firmware of servers.
_PLACEHOLDERS = frozenset(
    {
        "asset tag",
        "asset-1234567890",
        "base board",
        "base board serial number",
        "bad index",
        "chassis",
        "chassis manufacture",
        "chassis serial number",
        "chassis version",
        "default",
        "default string",
        "empty",
        "invalid",
        "n/a",
        "na",
        "n.a.",
        "nil",
        "no asset information",
        "no asset tag",
        "no dimm",
        "no enclosure",
        "no module installed",
        "no part number",
        "no serial number",
        "none",
        "not applicable",
        "not available",
        "not defined",
        "not installed",
        "not present",
        "not settable",
        "not specified",
        "null",
        "o.e.m.",
        "oem",
        "other",
        "part number",
        "product name",
        "product",
        "serial",
        "serial number",
        "sku",
        "sku number",
        "string",
        "tbd",
        "type2 - board serial number",
        "undefined",
        "unknown",
        "unspecified",
    }
)

_PLACEHOLDER_PATTERN = re.compile(
    r"""(
        <.*> | \[.*\]                       # dmidecode(8): <BAD INDEX>, <OUT OF SPEC>; [Empty]
      | .*to\ be\ (filled|set).*            # "To Be Filled By O.E.M. by More String"
      | system\ (manufacturer|name|product\ name|version|serial\ number|sku\s?(number|\#)?)
      | (base\s?)?board\ (manufacturer|product\ name|version|serial\ number|asset\ tag)
      | (chassis|enclosure)\ (manufacturer|serial\ number|asset\ tag)
      | type\d\W?.*                         # "Type1ProductConfigId", "Type2 - Board Asset Tag"
      | (\w+_)?(asset\s?tag|ser(ial)?\s?num(ber)?|part\s?num(ber)?)(num)?\d*
      | (module)?(manufacturer|partnumber|serialnumber)\d*
      | (?P<same>.)(?P=same){3,}            # 0000, FFFFFFFF, ........, xxxx
      | [0\s.:*-]*h?                        # "", "0", "00:00", "...", "-", "00h"
      | 0?1234567(89?0?)? | 9876543210 | 0x[0f]+ | oem\s?define.*
    )""",
    re.VERBOSE | re.IGNORECASE,
)

# System UUIDs that many boards share, in both byte orders. Source: AMI's and Insyde's defaults as
# they appear in public hardware probes.
_SHARED_UUIDS = frozenset(
    {
        "03000200-0400-0500-0006-000700080009",
        "00020003-0004-0005-0006-000700080009",
        "03020100-0504-0706-0809-0a0b0c0d0e0f",
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
    }
)

# Source: DMTF DSP0134 (SMBIOS reference specification 3.7), table 17 "System Enclosure or Chassis
# Types".
_CHASSIS_TYPES = (
    "Other",
    "Unknown",
    "Desktop",
    "Low Profile Desktop",
    "Pizza Box",
    "Mini Tower",
    "Tower",
    "Portable",
    "Laptop",
    "Notebook",
    "Hand Held",
    "Docking Station",
    "All in One",
    "Sub Notebook",
    "Space-saving",
    "Lunch Box",
    "Main Server Chassis",
    "Expansion Chassis",
    "SubChassis",
    "Bus Expansion Chassis",
    "Peripheral Chassis",
    "RAID Chassis",
    "Rack Mount Chassis",
    "Sealed-case PC",
    "Multi-system Chassis",
    "Compact PCI",
    "Advanced TCA",
    "Blade",
    "Blade Enclosure",
    "Tablet",
    "Convertible",
    "Detachable",
    "IoT Gateway",
    "Embedded PC",
    "Mini PC",
    "Stick PC",
)
_NOT_TOLD = frozenset({"Other", "Unknown"})


def clean(text: str | None) -> str | None:
    """Return a maker's text with its blanks collapsed; None for a placeholder."""
    if text is None:
        return None
    words = " ".join(text.replace("\0", " ").split())
    if words.lower() in _PLACEHOLDERS or _PLACEHOLDER_PATTERN.fullmatch(words):
        return None
    return words


def clean_uuid(text: str | None) -> str | None:
    """Return a system UUID in lower case; None for one that is no UUID or not of one device."""
    uuid = (text or "").strip().lower()
    digits = uuid.replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid):
        return None
    # Two digits at most make all zero, all F and the likes of 00000000-...-00000000000f.
    return None if len(set(digits)) <= 2 or uuid in _SHARED_UUIDS else uuid


def chassis_type(text: str | None) -> str | None:
    """Return a chassis type number, 1 to 36, in words; None where it tells nothing."""
    try:
        number = int(text or "") & 0x7F  # bit 7 tells of a lock
    except ValueError:
        return None
    if not 1 <= number <= len(_CHASSIS_TYPES):
        return None
    name = _CHASSIS_TYPES[number - 1]
    return None if name in _NOT_TOLD else name
