"""The hardware of a device on its page: machine, memory, drives, volumes, network, battery."""

import math
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import (
    Part,
    grid,
    joined,
    readings_of,
    rows_of,
    section,
)
from sickbay_collector.cli.words import number_of, record_of, text_of
from sickbay_collector.core.words import percent, size

Readings = Mapping[str, Mapping[str, float]]

# What a drive says of its own health, worst first, with the word for a value that is not 0.
_DRIVE_FAULTS = (
    ("drive.smart_failed", "FAILING"),
    ("drive.prefail_failing", "pre-fail attribute failing"),
    ("drive.nvme_critical_warning", "critical warning"),
    ("drive.reallocated_sectors", "reallocated"),
    ("drive.pending_sectors", "pending"),
    ("drive.reported_uncorrectable", "uncorrectable"),
    ("drive.offline_uncorrectable", "offline uncorrectable"),
    ("drive.nvme_media_errors", "media errors"),
)
_BAR_WIDTH = 10
# Of a mount point; its end tells more than its beginning.
_MOUNT_WIDTH = 20


def parts(device: Record) -> Iterator[Part]:
    """Yield the parts of the page that are about hardware."""
    readings = readings_of(device)
    yield from _machine(device)
    yield from _memory(device, readings)
    yield from _drives(device, readings)
    yield from _volumes(device, readings)
    yield from _network(device, readings)
    yield from _batteries(device, readings)


def _machine(device: Record) -> Iterator[Part]:
    system = record_of(section(device, "system"), "facts")
    cpu = record_of(section(device, "cpu"), "facts")
    bios = [text_of(system, f"bios_{name}") for name in ("vendor", "version", "date")]
    firmware = " ".join(part for part in bios if part)
    lines = [
        joined(
            text_of(device, "model"),
            text_of(system, "chassis_type"),
            f"serial {text_of(system, 'serial')}" if text_of(system, "serial") else "",
        ),
        joined(
            text_of(cpu, "name"),
            _counted(cpu, "cores", "cores"),
            _counted(cpu, "threads", "threads"),
            _counted(cpu, "max_mhz", "MHz"),
        ),
        joined(
            f"firmware {firmware}" if firmware else "",
            _switch(system, "secure_boot", "secure boot"),
            f"TPM {text_of(system, 'tpm_version')}" if text_of(system, "tpm_version") else "",
            text_of(system, "virtualization").replace("none", ""),
        ),
    ]
    said = "\n".join(line for line in lines if line)
    if said:
        yield Part("Hardware", Text(said))


def _memory(device: Record, readings: Readings) -> Iterator[Part]:
    facts = record_of(section(device, "memory"), "facts")
    total = number_of(facts, "total_bytes") or readings.get("memory.total_bytes", {}).get("")
    if total is None:
        return
    available = readings.get("memory.available_bytes", {}).get("")
    swap = number_of(facts, "swap_total_bytes")
    lines = [
        joined(
            size(total),
            f"{size(available)} available" if available is not None else "",
            f"swap {size(swap)}" if swap else "no swap" if swap == 0 else "",
            _counted(facts, "slots_free", "slots free"),
        )
    ]
    for name, row in rows_of(device, "memory").items():
        bytes_ = number_of(row, "size_bytes")
        lines.append(
            joined(
                name,
                size(bytes_) if bytes_ else "",
                text_of(row, "type"),
                _counted(row, "speed_mts", "MT/s"),
                text_of(row, "manufacturer"),
                text_of(row, "part_number"),
            )
        )
    yield Part("Memory", Text("\n".join(lines)))


def _drives(device: Record, readings: Readings) -> Iterator[Part]:
    rows = rows_of(device, "drives")
    if not rows:
        return
    media = record_of(device, "drives")
    table = grid(columns=5, wide=4, right=(1,))
    for drive_id, row in rows.items():
        bytes_ = number_of(row, "size_bytes")
        table.add_row(
            Text(text_of(row, "name") or drive_id),
            size(bytes_) if bytes_ else "",
            str(media.get(drive_id) or ""),
            text_of(row, "interface"),
            Text(
                joined(
                    text_of(row, "model"),
                    f"serial {text_of(row, 'serial')}" if text_of(row, "serial") else "",
                    _drive_health(drive_id, readings),
                )
            ),
        )
    yield Part("Drives", table)


def _drive_health(drive_id: str, readings: Readings) -> str:
    faults = []
    for metric, words in _DRIVE_FAULTS:
        value = readings.get(metric, {}).get(drive_id)
        if value:
            faults.append(words if words.isupper() else f"{words} {value:.0f}")
    passed = readings.get("drive.smart_failed", {}).get(drive_id)
    life = readings.get("drive.life_left_ratio", {}).get(drive_id)
    used = readings.get("drive.nvme_used_ratio", {}).get(drive_id)
    heat = readings.get("drive.temperature_celsius", {}).get(drive_id)
    hours = readings.get("drive.power_on_hours", {}).get(drive_id)
    return joined(
        *faults,
        "SMART passed" if passed == 0 else "",
        f"{percent(life)} of its life left" if life is not None else "",
        f"{percent(used)} of its life used" if used is not None else "",
        f"{heat:.0f} °C" if heat is not None else "",
        f"{hours:,.0f} h powered on" if hours is not None else "",
    )


def _volumes(device: Record, readings: Readings) -> Iterator[Part]:
    rows = rows_of(device, "volumes")
    free, total = readings.get("volume.free_bytes", {}), readings.get("volume.total_bytes", {})
    if not rows and not total:
        return
    table = grid(columns=6, wide=5, right=(2, 3))
    for volume_id in sorted(rows.keys() | total.keys(), key=lambda one: _mount(rows, one)):
        row = rows.get(volume_id, {})
        whole = total.get(volume_id) or number_of(row, "total_bytes")
        left = free.get(volume_id)
        ratio = _share(left, whole) if whole and left is not None else None
        table.add_row(
            Text(_shortened(_mount(rows, volume_id))),
            _bar(ratio),
            "" if left is None else f"{size(left)} free",
            "" if ratio is None else percent(ratio),
            "" if not whole else f"of {size(whole)}",
            Text(_volume_notes(volume_id, row, readings), style="dim"),
        )
    yield Part("Volumes", table)


def _volume_notes(volume_id: str, row: Record, readings: Readings) -> str:
    inodes = readings.get("volume.inodes_free_ratio", {}).get(volume_id)
    return joined(
        text_of(row, "filesystem"),
        "system" if row.get("is_system") else "",
        (text_of(row, "encryption") or "encrypted") if row.get("encrypted") else "",
        "READ-ONLY" if readings.get("volume.read_only", {}).get(volume_id) else "",
        f"{percent(inodes)} of inodes free" if inodes is not None and inodes < 0.2 else "",
    )


def _network(device: Record, readings: Readings) -> Iterator[Part]:
    facts = record_of(section(device, "network"), "facts")
    table = grid(columns=3, wide=2)
    shown = 0
    for name, row in rows_of(device, "network").items():
        addresses = text_of(row, "addresses")
        if text_of(row, "type") == "loopback" or not (addresses or row.get("is_physical")):
            continue
        shown += 1
        up = readings.get("network.up", {}).get(name)
        table.add_row(
            Text(name),
            "" if up is None else "up" if up else Text("down", style="dim"),
            Text(
                joined(
                    addresses or "no address",
                    text_of(row, "mac"),
                    _counted(row, "speed_mbps", "Mb/s"),
                    text_of(row, "type"),
                )
            ),
        )
    ways = joined(
        f"gateway {text_of(facts, 'gateways')}" if text_of(facts, "gateways") else "",
        f"names from {text_of(facts, 'dns_servers')}" if text_of(facts, "dns_servers") else "",
        f"in {text_of(facts, 'dns_search')}" if text_of(facts, "dns_search") else "",
    )
    content = ([table] if shown else []) + ([Text(ways)] if ways else [])
    if content:
        yield Part("Network", Group(*content))


def _batteries(device: Record, readings: Readings) -> Iterator[Part]:
    lines = []
    for battery_id, row in rows_of(device, "batteries").items():
        capacity = readings.get("battery.capacity_ratio", {}).get(battery_id)
        charge = readings.get("battery.charge_ratio", {}).get(battery_id)
        cycles = readings.get("battery.cycles", {}).get(battery_id)
        lines.append(
            joined(
                joined(text_of(row, "manufacturer"), text_of(row, "model")) or battery_id,
                f"holds {percent(capacity)} of its design" if capacity is not None else "",
                f"{percent(charge)} charged" if charge is not None else "",
                f"{cycles:.0f} cycles" if cycles is not None else "",
            )
        )
    if lines:
        yield Part("Battery", Text("\n".join(lines)))


def _mount(rows: Mapping[str, Record], volume_id: str) -> str:
    return text_of(rows.get(volume_id, {}), "mount_point") or volume_id


def _share(left: float, whole: float) -> float:
    """Return the free share, rounded down to thousandths as the score's findings are."""
    return math.floor(1000 * left / whole + 1e-6) / 1000


def _shortened(mount_point: str) -> str:
    if cell_len(mount_point) <= _MOUNT_WIDTH:
        return mount_point
    return f"…{mount_point[1 - _MOUNT_WIDTH :]}"


def _bar(free_ratio: float | None) -> Text:
    """Return a bar of what is used; red below a tenth free."""
    if free_ratio is None:
        return Text("")
    full = min(_BAR_WIDTH, max(0, round((1 - free_ratio) * _BAR_WIDTH)))
    style = "red" if free_ratio < 0.1 else "yellow" if free_ratio < 0.2 else "green"
    return Text.assemble(("█" * full, style), ("░" * (_BAR_WIDTH - full), "dim"))


def _counted(record: Record, field: str, unit: str) -> str:
    value = number_of(record, field)
    return "" if value is None else f"{value:,.0f} {unit}"


def _switch(record: Record, field: str, words: str) -> str:
    value = record.get(field)
    return "" if not isinstance(value, bool) else f"{words} {'on' if value else 'off'}"
