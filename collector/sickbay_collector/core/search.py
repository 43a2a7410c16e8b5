"""Finding anything by one line of text: what may be asked, and which words a device is found by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sickbay_collector.core.inventory import Scalar, SectionContent

SEARCH_LIMIT = 100
"""Characters that may be searched for."""
WORD_LIMIT = 100
"""Characters of a word that a device is found by; longer ones are cut."""
SHORTEST_PART = 3
"""Characters that serial numbers and addresses are searched by at least."""

_SYSTEM_FIELDS = ("serial", "board_serial", "asset_tag", "uuid")
_MAC = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){1,5}[:-]?")
_DOTTED_MAC = re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}(\.[0-9a-f]{0,4})?")
# What every machine has says nothing about one.
_EVERYWHERE = ("127.", "::1", "fe80:", "000000000000")


class HitKind(StrEnum):
    """What was found."""

    DEVICE = "device"
    TICKET = "ticket"
    PERSON = "person"
    PROBLEM = "problem"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found."""

    kind: HitKind
    key: str
    """Id of a device, a person or a site; number of a ticket or a problem."""
    title: str
    detail: str
    """What tells it from others that are called alike; "" for nothing."""


def search_text(text: str) -> str:
    """Return what is searched for: one line, at most `SEARCH_LIMIT` characters."""
    return " ".join(text.replace("\x00", " ").split())[:SEARCH_LIMIT].rstrip()


def word_of(text: str) -> str:
    """Return a serial number or address as it is compared: small letters, MACs without signs."""
    small = text.strip().lower()[:WORD_LIMIT]
    if _MAC.fullmatch(small) or _DOTTED_MAC.fullmatch(small):
        return re.sub(r"[^0-9a-f]", "", small)
    return small


def words_of(content: SectionContent) -> frozenset[str]:
    """Return the serial numbers and addresses in a section, as they are compared."""
    words = {word_of(str(one)) for one in _identifiers(content)}
    return frozenset(
        one for one in words if len(one) >= SHORTEST_PART and not one.startswith(_EVERYWHERE)
    )


def _identifiers(content: SectionContent) -> Iterator[Scalar]:
    if content.kind == "system":
        yield from (content.facts[one] for one in _SYSTEM_FIELDS if one in content.facts)
    if content.kind == "network":
        for row in content.rows.values():
            yield row.get("mac", "")
            addresses = str(row.get("addresses", "")).split(",")
            yield from (address.partition("/")[0] for address in addresses)
