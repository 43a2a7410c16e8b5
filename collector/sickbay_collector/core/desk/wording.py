"""A ticket in words: one labelled line for each thing that whoever works on it asks first."""

from datetime import UTC

from sickbay_collector.core.alerts.change import AlertChange, AlertReading
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.words import value_words
from sickbay_collector.core.device import Device

TITLE_LIMIT = 200
"""Characters of a ticket's title."""

# As many hexadecimal digits as people compare at a glance; the alert keeps all 64.
_VERSION_DIGITS = 12


def name_of(device: Device) -> str:
    """Return what people call a device: its host name, or its id where it has none."""
    return device.hostname or device.device_id


def title_of(device: Device, change: AlertChange) -> str:
    """Return "device: what", cut at 200 characters."""
    return cut(f"{name_of(device)}: {change.title}", TITLE_LIMIT)


def said_of(title: str) -> str:
    """Return what a ticket's title says, without its device and the part of it; "" if nothing."""
    parts = title.split(": ", 2)
    return parts[1] if len(parts) > 1 else ""


def describe(device: Device, change: AlertChange, rule: Rule) -> str:
    """Return the description of a ticket: "Label: text" on a line each; empty ones left out."""
    lines = (
        ("What", change.sentence),
        ("Where", _where(device, change)),
        ("Since", f"{change.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC, by the device's clock"),
        ("Measured", "; ".join(_measured(reading) for reading in change.readings)),
        ("Own history", change.history),
        ("Evidence", f"rule {rule.id}, version {rule.version[:_VERSION_DIGITS]}"),
        ("Steps", f"runbook {rule.runbook}" if rule.runbook else ""),
        ("Ends", change.closes_when),
    )
    return "\n".join(f"{label}: {text}" for label, text in lines if text)


def cut(text: str, limit: int) -> str:
    """Return the text, its end replaced by an ellipsis where it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _where(device: Device, change: AlertChange) -> str:
    place = f"{name_of(device)} ({device.device_class.replace('_', ' ')})"
    return f"{place}, {change.instance_label}" if change.instance else place


def _measured(reading: AlertReading) -> str:
    words = value_words(reading.metric, reading.value)
    return f"{reading.label} {words}, limit {reading.threshold}"
