"""The forms of silences and maintenance windows: which alerts are meant, and for how long."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sickbay_collector.core.alerts.matcher import FIELDS
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.web.console.texts import N_, _

MATCHED = (
    (
        "device",
        N_("Devices"),
        N_("Host names or ids, as ws-* or ws-017. A lone * is every device."),
    ),
    ("rule", N_("Rules"), N_("As disk.* or mem.oom.")),
    ("site", N_("Sites"), N_("Ids, as asset records say.")),
    ("device_class", N_("Kinds of device"), N_("workstation, laptop, server or always_on.")),
    ("category", N_("Categories"), N_("Of rules, as storage.")),
    ("family", N_("Families"), N_("Of rules, as disk.space.")),
    ("priority", N_("Priorities"), N_("urgent, high, medium or low.")),
    ("instance", N_("Parts"), N_("What on the device: a mount point, a drive.")),
)
"""Fields that say which alerts are meant: name, label, help."""

LASTS = ("1h", "4h", "8h", "1d", "3d", "7d", "30d")
"""How long a silence may be chosen to last."""
LENGTHS = ("30m", "1h", "2h", "4h", "8h", "1d")
"""How long a window may be chosen to last."""
RECURS = MappingProxyType(
    {
        "": N_("once"),
        "FREQ=DAILY": N_("every day"),
        "FREQ=WEEKLY": N_("every week"),
        "FREQ=WEEKLY;INTERVAL=2": N_("every two weeks"),
        "FREQ=MONTHLY;BYDAY=2TU": N_("on the second Tuesday of a month"),
        "FREQ=MONTHLY;BYDAY=-1SU": N_("on the last Sunday of a month"),
    }
)
"""What is offered for how a window comes again; any other rule can be written."""

_UNITS = MappingProxyType({"m": 60, "h": 3600, "d": 86400})


def matcher_of(said: Mapping[str, str]) -> dict[str, list[str]]:
    """Return which alerts a form means: patterns by field, as the API takes them."""
    return {
        name: [one.strip() for one in said[name].split(",") if one.strip()]
        for name in FIELDS
        if said.get(name)
    }


def seconds_of(said: Mapping[str, str], name: str) -> float:
    """Return a length like 90m, 2h or 1d in seconds.

    Raises:
        InvalidError: It is none; the message begins with the field's name.
    """
    text = said.get(name, "")
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise InvalidError(
            _("%(name)s: a length like 90m, 2h or 1d, not %(text)r", name=name, text=text[:32])
        )
    return float(int(number) * _UNITS[unit])


def end_of(said: Mapping[str, str], now: datetime) -> str:
    """Return when a silence ends, as the API takes it: a moment in UTC, or after a length.

    Raises:
        InvalidError: It says neither.
    """
    if said.get("until"):
        return f"{said['until']}Z"
    return (now + timedelta(seconds=seconds_of(said, "lasts"))).isoformat()
