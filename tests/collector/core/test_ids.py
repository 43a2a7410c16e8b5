"""Ids are UUIDs of version 7 that sort by time."""

import uuid

from sickbay_collector.core.ids import uuid7


def test_uuid7_is_of_version_7() -> None:
    """Version and variant stand where RFC 9562 wants them, whatever the entropy."""
    for entropy in (b"\0" * 10, b"\xff" * 10):
        made = uuid.UUID(uuid7(1_700_000_000.123, entropy))

        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert made.int >> 80 == 1_700_000_000_123


def test_uuid7_sorts_by_time() -> None:
    """An id that is made a millisecond later sorts behind."""
    assert uuid7(1.001, b"\xff" * 10) < uuid7(1.002, b"\0" * 10)
