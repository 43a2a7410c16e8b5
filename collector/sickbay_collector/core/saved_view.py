"""A list as somebody keeps it: its filters, columns and order under a name."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.line import checked_line

VIEWS_EACH = 50
"""Views that one login may have."""
NAME_LIMIT = 60
QUERY_LIMIT = 4_000
"""Characters of what an address says behind its question mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A list of devices that somebody keeps."""

    view_id: str
    name: str
    query: str
    """What the list's address says behind its question mark; "" for the list as it is usually."""
    owner: str
    """Login name."""
    is_shared: bool
    """Whether others see it too; only its owner changes it."""
    saved_at: datetime


def checked_name(text: str) -> str:
    """Return a view's name as it is kept.

    Raises:
        InvalidError: It is empty, too long, or has a character that cannot be shown.
    """
    name = checked_line("name", text, limit=NAME_LIMIT)
    if not name:
        raise InvalidError("name: say what the view is called")
    return name
