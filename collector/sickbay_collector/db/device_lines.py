"""Keeps the lines of devices, in the transactions that change what they say.

Devices write theirs when they are stored, inventories when a section begins, states with every
report (`states.py`; on PostgreSQL in the one statement of `state_arrays.py`).
"""

from sqlalchemy import Connection, update

from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row
from sickbay_collector.db.line_tables import device_line as table
from sickbay_collector.db.records import insert_into
from sickbay_collector.services.device_rows import model_of, os_name_of

_OF_DEVICE = ("status", "device_class", "criticality", "agent_version", "enrolled_at")
STATE_COLUMNS = (
    "received_at",
    "report_interval_s",
    "goodbye",
    "score",
    "score_low",
    "score_high",
    "confidence",
    "open_alerts",
    "score_day_ago",
    "score_week_ago",
)
"""What a report changes, named as in the state row."""
LISTED_KINDS = frozenset({"os", "system"})
"""Sections of which a line says something."""
SEEN = (
    f"UPDATE device_line SET {', '.join(f'{name} = ?' for name in STATE_COLUMNS)} "  # noqa: S608
    "WHERE device_id = ?"
)
"""SQLite's statement for it, with the device behind its columns."""


def put_line(connection: Connection, device: Device) -> None:
    """Write what a device itself says on its line."""
    said = {name: getattr(device, name) for name in _OF_DEVICE}
    said["hostname_key"] = device.hostname.lower()
    insertion = insert_into(connection, table).values(device_id=device.device_id, **said)
    connection.execute(insertion.on_conflict_do_update(index_elements=["device_id"], set_=said))


def note_section(connection: Connection, device_id: DeviceId, kind: str, facts: Row) -> None:
    """Write what a section that begins says on its device's line: one of `LISTED_KINDS`."""
    said = {"os_name": os_name_of(facts)} if kind == "os" else {"model": model_of(facts)}
    connection.execute(update(table).where(table.c.device_id == device_id).values(said))
