from datetime import UTC, datetime

from sickbay_collector.core.inventory import Row
from sickbay_collector.services.device_detail import SectionView
from sickbay_collector.web.console.facts import Sheet, sheets

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def sheet_of(kind: str, facts: Row, *rows: Row) -> Sheet:
    view = SectionView(
        kind=kind,
        since=SINCE,
        hash=b"",
        facts=facts,
        rows={str(place): row for place, row in enumerate(rows)},
        row_count=len(rows),
    )
    (found,) = sheets({kind: view}, (kind, "absent"))
    return found


def test_fields_have_names_units_and_an_order() -> None:
    found = sheet_of(
        "cpu",
        {"max_mhz": 3400, "l3_cache_bytes": 1 << 25, "name": "Kestrel", "new_thing": True},
    )

    assert found.title == "Processor"
    assert found.facts == (
        ("Name", "Kestrel"),
        ("Highest frequency", "3,400 MHz"),
        ("Third level cache", "32.0 MiB"),
        ("New thing", "yes"),
    )


def test_an_id_that_repeats_another_field_is_left_out() -> None:
    same: Row = {"drive_id": "S1", "serial": "S1", "medium": "nvme"}
    other: Row = {"drive_id": "naa.5", "serial": "S2", "medium": 3}

    assert sheet_of("drives", {}, same).heads == ("Serial number", "Medium")
    assert sheet_of("drives", {}, same, other).heads == ("Serial number", "Medium", "Drive id")
    assert sheet_of("drives", {}, same, other).rows[1] == ("S2", "3", "naa.5")


def test_what_could_not_be_read_is_no_row() -> None:
    reason: Row = {"topic": "memory/modules", "kind": "failed", "reason": "no tables"}
    found = sheet_of("memory", {"truncated": True}, reason)

    assert found.missing == (("modules", "no tables"),)
    assert found.is_cut
    assert not found.rows
    assert not found.facts


def test_a_time_that_no_calendar_has_is_shown_as_it_came() -> None:
    assert sheet_of("os", {"install_time": 1_750_775_860}).facts == (("Installed", "2025-06-24"),)
    assert sheet_of("os", {"install_time": 10**30}).facts == (("Installed", f"{10**30}"),)


def test_columns_of_numbers_are_known_as_such() -> None:
    """They stand on the right; what a device sent as something else stays text."""
    one: Row = {"mount_point": "/", "total_bytes": 1 << 30, "is_system": True}
    other: Row = {"mount_point": "/home", "total_bytes": 1 << 31}
    found = sheet_of("volumes", {}, one, other)

    assert dict(zip(found.heads, found.numbers, strict=True)) == {
        "Mounted on": False,
        "Size": True,
        "Holds the system": False,
    }
    assert sheet_of("volumes", {}, one, {"total_bytes": "much"}).numbers == (False, False, False)
