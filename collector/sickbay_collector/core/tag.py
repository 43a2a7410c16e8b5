"""Tags of devices: short words that people give them, to find them and to grant rights by them."""

import unicodedata
from dataclasses import dataclass

from sickbay_collector.core.errors import InvalidError

TAG_LIMIT = 40
"""Characters of a tag."""
DEVICE_TAGS = 20
"""Tags that a device may have."""
_JOINERS = frozenset("-_.:/")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """A tag, and how many devices have it."""

    tag: str
    devices: int


def checked_tag(text: str) -> str:
    """Return a tag as it is kept: in small letters, so that nobody has to know how it was typed.

    Raises:
        InvalidError: It is empty, too long, or has other characters than letters and digits with
            `-`, `_`, `.`, `:` or `/` between them.
    """
    tag = unicodedata.normalize("NFC", text.strip()[: TAG_LIMIT + 1]).lower()
    if not 1 <= len(tag) <= TAG_LIMIT:
        raise InvalidError("tag: 1 to %(limit)s characters", limit=TAG_LIMIT)
    if wrong := next((one for one in tag if not (one.isalnum() or one in _JOINERS)), ""):
        raise InvalidError(
            "tag: %(wrong)a cannot be in it; use letters, digits and - _ . : / between them",
            wrong=wrong,
        )
    if not (tag[0].isalnum() and tag[-1].isalnum()):
        raise InvalidError("tag: begins and ends with a letter or digit")
    return tag
