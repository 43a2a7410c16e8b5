"""The time and new ids of this process; all else gets them as arguments."""

import secrets
import time
from datetime import UTC, datetime

from sickbay_collector.core.ids import uuid7


def utc_now() -> datetime:
    """Return the present time, aware, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new UUIDv7."""
    return uuid7(time.time(), secrets.token_bytes(10))
